package org.precedent.imaging.format.codec.ffmpeg;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_JPEG2000;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_JPEGLS;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_MJPEG;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_BE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_PAL;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_max_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVComponentDescriptor;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes frames from standard input to standard output until the former ends. One byte says the
 * codec, four the length; what comes back is described at {@code NativeDecoder}, the other end.
 */
public final class DecoderProcess {
    /** The codecs by their numbers on the pipe. */
    private static final int[] CODECS = {
        AV_CODEC_ID_JPEG2000, AV_CODEC_ID_JPEGLS, AV_CODEC_ID_MJPEG
    };

    /** Checksums, broken bitstreams, broken lengths: each ends the decoding of the frame. */
    private static final int STRICT = 1 | 2 | 4 | 8;

    private static final long MOST_ALLOCATED = 1L << 30;
    private static final int MOST_BYTES = 1 << 30;

    private DecoderProcess() {}

    /** Runs until standard input ends. */
    public static void main(String... args) throws IOException {
        DataInputStream in =
                new DataInputStream(
                        new BufferedInputStream(new FileInputStream(FileDescriptor.in), 1 << 16));
        DataOutputStream out =
                new DataOutputStream(
                        new BufferedOutputStream(
                                new FileOutputStream(FileDescriptor.out), 1 << 16));
        System.setOut(System.err); // nothing but answers goes through the pipe
        av_log_set_level(AV_LOG_QUIET);
        av_max_alloc(MOST_ALLOCATED);
        for (int codec = in.read(); codec >= 0; codec = in.read()) {
            int length = in.readInt();
            if (length < 0 || length > MOST_BYTES || codec >= CODECS.length) {
                throw new IOException("frame of codec " + codec + ", " + length + " bytes");
            }
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            Answer answer;
            try {
                answer = decode(CODECS[codec], bytes);
            } catch (RuntimeException e) {
                answer = Answer.failed(String.valueOf(e.getMessage()));
            }
            answer.write(out);
            out.flush();
        }
    }

    /** Either a problem, or samples. */
    private record Answer(
            @Nullable String problem,
            int width,
            int height,
            int components,
            int depth,
            byte[] samples) {
        static Answer failed(String problem) {
            return new Answer(problem, 0, 0, 0, 0, new byte[0]);
        }

        void write(DataOutputStream out) throws IOException {
            if (problem != null) {
                out.writeByte(1);
                out.writeUTF(problem);
                return;
            }
            out.writeByte(0);
            out.writeInt(width);
            out.writeInt(height);
            out.writeInt(components);
            out.writeInt(depth);
            out.write(samples);
        }
    }

    private static Answer decode(int id, byte[] bytes) {
        AVCodec codec = avcodec_find_decoder(id);
        AVCodecContext context = avcodec_alloc_context3(codec);
        AVPacket packet = av_packet_alloc();
        AVFrame frame = av_frame_alloc();
        try {
            context.thread_count(1);
            context.err_recognition(STRICT);
            if (avcodec_open2(context, codec, (AVDictionary) null) < 0) {
                return Answer.failed("the decoder does not open");
            }
            if (av_new_packet(packet, bytes.length) < 0) {
                return Answer.failed("there is no memory for the frame");
            }
            packet.data().put(bytes);
            int status = avcodec_send_packet(context, packet);
            if (status >= 0) {
                avcodec_send_packet(context, (AVPacket) null);
                status = avcodec_receive_frame(context, frame);
            }
            if (status < 0) {
                return Answer.failed("error " + status);
            }
            if (frame.decode_error_flags() != 0) {
                return Answer.failed("damage " + frame.decode_error_flags());
            }
            return samples(frame);
        } finally {
            av_frame_free(frame);
            av_packet_free(packet);
            avcodec_free_context(context);
        }
    }

    private static Answer samples(AVFrame frame) {
        AVPixFmtDescriptor format = av_pix_fmt_desc_get(frame.format());
        int components = format.nb_components();
        boolean bigEndian = (format.flags() & AV_PIX_FMT_FLAG_BE) != 0;
        if ((format.flags() & AV_PIX_FMT_FLAG_PAL) != 0
                || format.log2_chroma_w() != 0
                || format.log2_chroma_h() != 0) {
            return Answer.failed("it comes as " + format.name().getString());
        }
        int width = frame.width();
        int height = frame.height();
        int depth = format.comp(0).depth();
        byte[] samples = new byte[Math.multiplyExact(2 * components, width * height)];
        for (int c = 0; c < components; c++) {
            AVComponentDescriptor component = format.comp(c);
            if (component.depth() != depth || component.shift() != 0) {
                return Answer.failed("it comes as " + format.name().getString());
            }
            int stride = frame.linesize(component.plane());
            BytePointer plane = new BytePointer(frame.data(component.plane()));
            plane.capacity((long) stride * height);
            byte[] row = new byte[Math.min(stride, component.step() * width)];
            for (int y = 0; y < height; y++) {
                plane.position((long) y * stride).get(row, 0, row.length);
                for (int x = 0; x < width; x++) {
                    int at = x * component.step() + component.offset();
                    int to = 2 * ((y * width + x) * components + c);
                    if (depth <= 8) {
                        samples[to] = row[at];
                    } else {
                        samples[to] = row[bigEndian ? at + 1 : at];
                        samples[to + 1] = row[bigEndian ? at : at + 1];
                    }
                }
            }
        }
        return new Answer(null, width, height, components, depth, samples);
    }
}
