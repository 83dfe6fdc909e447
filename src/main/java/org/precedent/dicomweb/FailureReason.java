package org.precedent.dicomweb;

/** What an archive's codes say of an object, in words (PS3.18, table I.2-2). */
final class FailureReason {
    private FailureReason() {}

    static String words(int code) {
        String what =
                switch (code & 0xff00) {
                    case 0xa700 -> "it is out of resources";
                    case 0xa900 -> "the object does not match its class";
                    case 0xb000 -> "it stored the object with changes";
                    default ->
                            switch (code) {
                                case 0x0110 -> "it failed to process the object";
                                case 0x0111 -> "it holds an object of this UID already";
                                case 0x0117 -> "the object's UID is invalid";
                                case 0x0122 -> "it does not take objects of this class";
                                case 0x0124 -> "it does not allow it";
                                default ->
                                        (code & 0xf000) == 0xc000
                                                ? "it cannot understand the object"
                                                : "it gives no reason that is known";
                            };
                };
        return code < 0 ? "it gives no reason" : "%s (%04X)".formatted(what, code);
    }
}
