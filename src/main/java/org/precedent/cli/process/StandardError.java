package org.precedent.cli.process;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.charset.Charset;

/**
 * The launcher's half of standard error. The JVM warns of {@code jdk.incubator.vector} on
 * descriptor 2 before any code of ours runs, so the launcher puts a filter there and hands the real
 * one over under another number. What Java writes goes to that one directly: in order, at once, and
 * complete when the process has ended.
 */
public final class StandardError {
    /** The system property that names the descriptor. */
    static final String DESCRIPTOR = "launcher.stderr";

    private StandardError() {}

    /** Lets {@link System#err} write to the descriptor that the launcher names, if it names one. */
    public static void take() {
        Integer descriptor = Integer.getInteger(DESCRIPTOR);
        if (descriptor == null) {
            return;
        }
        try {
            Constructor<FileDescriptor> constructor =
                    FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            System.setErr(
                    new PrintStream(
                            new FileOutputStream(constructor.newInstance(descriptor)),
                            true,
                            Charset.forName(
                                    System.getProperty(
                                            "stderr.encoding", Charset.defaultCharset().name()))));
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            // Then it takes the way through the filter, which arrives too.
        }
    }
}
