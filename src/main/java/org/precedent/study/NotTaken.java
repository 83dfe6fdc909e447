package org.precedent.study;

/** Why an object that was to be stored is not taken, as DICOM says it (PS3.18, table I.2-2). */
final class NotTaken extends RuntimeException {
    /** The study that it names is not the one it was sent to, or values break a rule of ours. */
    static final int INVALID_VALUE = 0x0106;

    static final int PROCESSING_FAILURE = 0x0110;

    /** Another object of this UID is here. */
    static final int DUPLICATE = 0x0111;

    /** It refers to what is not here. */
    static final int NO_SUCH_OBJECT = 0x0112;

    static final int CLASS_NOT_SUPPORTED = 0x0122;
    static final int NOT_AUTHORIZED = 0x0124;
    static final int OUT_OF_RESOURCES = 0xa700;
    static final int CANNOT_UNDERSTAND = 0xc000;

    private static final long serialVersionUID = 1L;

    private final int code;

    /**
     * @param code one of those above
     * @param reason in words for people, without anything of a patient
     */
    NotTaken(int code, String reason) {
        super(reason);
        this.code = code;
    }

    int code() {
        return code;
    }

    /** What is told whoever sent it. */
    String reason() {
        return String.valueOf(getMessage());
    }
}
