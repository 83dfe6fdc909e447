package org.precedent.blob;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that loses power at a chosen step. What was forced is there afterwards. What was
 * not is there or not by a seed, each name and each file for itself: of the names that changed in a
 * folder since it was forced, each goes back to any of its states since; a file that was not forced
 * has any part of what was written, with other bytes in place of the rest or cut short.
 */
final class SimulatedDisk implements StoreFiles {
    /** The end of whoever works here: nothing is answered any more. */
    static final class PowerLoss extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Content {
        byte[] bytes = {};
        byte[] forced = {};
    }

    private final Random random;

    /** What every name meant, one after the other since its folder was forced; null: nothing. */
    private final Map<Path, List<@Nullable Content>> names = new HashMap<>();

    private final Set<Path> folders = new HashSet<>();
    private int steps;
    private int crashAt = Integer.MAX_VALUE;

    SimulatedDisk(long seed) {
        this.random = new Random(seed);
    }

    /** Steps that were done since {@link #crashAt} or the beginning. */
    int steps() {
        return steps;
    }

    /** Loses power in place of a step, counted from here; that step is half done at most. */
    void crashAt(int step) {
        steps = 0;
        crashAt = step;
    }

    /** A step that others do on this machine. */
    void step() {
        if (steps++ >= crashAt) {
            throw new PowerLoss();
        }
    }

    /** The process alone had died: whatever it did is there. */
    void goOn() {
        crashAt = Integer.MAX_VALUE;
    }

    /** What is there when the machine has power again. */
    void restart() {
        crashAt = Integer.MAX_VALUE;
        names.replaceAll((name, states) -> {
            Content left = states.get(random.nextInt(states.size()));
            if (left != null && !Arrays.equals(left.bytes, left.forced)) {
                left.bytes = torn(left);
                left.forced = left.bytes;
            }
            List<@Nullable Content> only = new ArrayList<>();
            only.add(left);
            return only;
        });
    }

    private byte[] torn(Content content) {
        byte[] torn = Arrays.copyOf(content.bytes, random.nextInt(content.bytes.length + 1));
        if (torn.length > 0 && random.nextBoolean()) {
            int from = random.nextInt(torn.length);
            Arrays.fill(torn, from, torn.length, (byte) 0);
        }
        return torn;
    }

    private @Nullable Content now(Path file) {
        List<@Nullable Content> states = names.get(file);
        return states == null ? null : states.getLast();
    }

    private void mean(Path file, @Nullable Content content) {
        names.computeIfAbsent(
                        file,
                        name -> {
                            List<@Nullable Content> nothing = new ArrayList<>();
                            nothing.add(null);
                            return nothing;
                        })
                .add(content);
    }

    private Content require(Path file) throws IOException {
        Content content = now(file);
        if (content == null) {
            throw new NoSuchFileException(file.toString());
        }
        return content;
    }

    @Override
    public void createFolder(Path folder) {
        folders.add(folder);
    }

    @Override
    public void write(Path file, byte[] bytes) throws IOException {
        if (now(file) != null) {
            throw new FileAlreadyExistsException(file.toString());
        }
        step();
        Content content = new Content();
        mean(file, content);
        content.bytes = Arrays.copyOf(bytes, bytes.length / 2);
        step(); // between two writes of one file
        content.bytes = bytes.clone();
    }

    @Override
    public void force(Path fileOrFolder) throws IOException {
        step();
        Content content = now(fileOrFolder);
        if (content != null) {
            content.forced = content.bytes;
            return;
        }
        names.forEach((name, states) -> {
            if (Objects.equals(name.getParent(), fileOrFolder)) {
                Content last = states.getLast();
                states.clear();
                states.add(last);
            }
        });
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Content content = require(from);
        step();
        mean(to, content);
        mean(from, null);
    }

    @Override
    public byte[] read(Path file) throws IOException {
        return require(file).bytes.clone();
    }

    @Override
    public boolean exists(Path file) {
        return now(file) != null;
    }

    @Override
    public void touch(Path file) throws IOException {
        require(file);
        step();
    }

    @Override
    public void delete(Path file) {
        step();
        if (now(file) != null) {
            mean(file, null);
        }
    }

    @Override
    public List<Path> list(Path folder) {
        return names.keySet().stream()
                .filter(name -> Objects.equals(name.getParent(), folder) && exists(name))
                .toList();
    }

    @Override
    public Facts facts(Path file) throws IOException {
        return new Facts(Instant.now(), require(file).bytes.length);
    }
}
