package org.precedent.dicomweb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** An archive whose answers are written byte by byte: right ones, wrong ones, halves, silence. */
final class WrittenAnswers implements AutoCloseable {
    private final ServerSocket socket;
    private final Deque<byte[]> answers = new ArrayDeque<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    WrittenAnswers(byte[]... answers) throws IOException {
        this.answers.addAll(Arrays.asList(answers));
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "written-answers");
        thread.setDaemon(true);
        thread.start();
    }

    /** A whole answer. */
    static byte[] answer(int status, String headers, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                ("HTTP/1.1 " + status + " Said\r\nConnection: close\r\n" + headers + "\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(body);
        return out.toByteArray();
    }

    static byte[] answer(int status, String headers, String body) {
        return answer(status, headers, body.getBytes(StandardCharsets.ISO_8859_1));
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/dicom-web/");
    }

    /** What was asked: request line, headers and body. */
    List<String> requests() {
        return requests;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                requests.add(request(connection.getInputStream()));
                byte[] answer;
                synchronized (answers) {
                    answer = answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
                }
                connection.getOutputStream().write(answer);
                connection.getOutputStream().flush();
                if (new String(answer, StandardCharsets.ISO_8859_1).endsWith("(silence)")) {
                    Thread.sleep(3000);
                }
            } catch (IOException e) {
                // The other side went away, as some tests want.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static String request(InputStream in) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        int body = -1;
        int needed = Integer.MAX_VALUE;
        while (read.size() < needed) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            read.write(next);
            if (body < 0 && next == '\n') {
                String text = read.toString(StandardCharsets.ISO_8859_1);
                if (text.endsWith("\r\n\r\n")) {
                    body = read.size();
                    needed = body;
                    for (String line : text.split("\r\n")) {
                        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                            needed = body + Integer.parseInt(line.substring(15).strip());
                        }
                    }
                }
            }
        }
        return read.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
