package org.precedent.weights;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * A pickle machine that can build tensors, dictionaries, lists, tuples, strings and numbers, and
 * nothing else.
 *
 * <p>A pickle is a program: its GLOBAL and REDUCE operations name any class or function and call
 * it. Here the set of operations, and of names that may be called, is closed: three functions and
 * the storage types of PyTorch, none of which runs code. The library's own registry of classes,
 * which is shared by the whole process, is never asked.
 */
final class TensorUnpickler extends Unpickler {

    /** What a pickle may call, and the result. */
    private enum Function {
        ORDERED_DICT,
        REBUILD_TENSOR,
        REBUILD_PARAMETER
    }

    private static final Map<String, Object> GLOBALS =
            Map.ofEntries(
                    Map.entry("collections.OrderedDict", Function.ORDERED_DICT),
                    Map.entry("torch._utils._rebuild_tensor_v2", Function.REBUILD_TENSOR),
                    Map.entry("torch._utils._rebuild_parameter", Function.REBUILD_PARAMETER),
                    Map.entry("torch.DoubleStorage", ElementType.F64),
                    Map.entry("torch.FloatStorage", ElementType.F32),
                    Map.entry("torch.HalfStorage", ElementType.F16),
                    Map.entry("torch.BFloat16Storage", ElementType.BF16),
                    Map.entry("torch.LongStorage", ElementType.I64),
                    Map.entry("torch.IntStorage", ElementType.I32),
                    Map.entry("torch.ShortStorage", ElementType.I16),
                    Map.entry("torch.CharStorage", ElementType.I8),
                    Map.entry("torch.ByteStorage", ElementType.U8),
                    Map.entry("torch.BoolStorage", ElementType.BOOL));

    /** Operations that move plain values about and are left to the library. */
    private static final Set<Short> PLAIN =
            Set.of(
                    Opcodes.PROTO,
                    Opcodes.FRAME,
                    Opcodes.MARK,
                    Opcodes.STOP,
                    Opcodes.POP,
                    Opcodes.POP_MARK,
                    Opcodes.NONE,
                    Opcodes.NEWTRUE,
                    Opcodes.NEWFALSE,
                    Opcodes.BININT,
                    Opcodes.BININT1,
                    Opcodes.BININT2,
                    Opcodes.LONG1,
                    Opcodes.BINFLOAT,
                    Opcodes.SHORT_BINUNICODE,
                    Opcodes.EMPTY_TUPLE,
                    Opcodes.TUPLE,
                    Opcodes.TUPLE1,
                    Opcodes.TUPLE2,
                    Opcodes.TUPLE3,
                    Opcodes.EMPTY_LIST,
                    Opcodes.APPEND,
                    Opcodes.APPENDS,
                    Opcodes.BINPUT,
                    Opcodes.LONG_BINPUT,
                    Opcodes.MEMOIZE,
                    Opcodes.BINGET,
                    Opcodes.LONG_BINGET,
                    Opcodes.BINPERSID);

    private final String file;

    TensorUnpickler(String file) {
        this.file = file;
    }

    /**
     * Raw numbers in an entry of the archive.
     *
     * @param key the entry's name under {@code data/}
     * @param type of every number
     * @param elements how many there are
     */
    record Storage(String key, ElementType type, long elements) {}

    /**
     * A tensor as a view of a storage. Nothing is checked before {@link #checkedElements}.
     *
     * @param offset of the first element in the storage, in elements
     * @param size extents
     * @param stride of each axis, in elements
     */
    record StorageSlice(Storage storage, long offset, long[] size, long[] stride) {

        /**
         * The number of elements, once it is certain that all of them lie inside the storage and
         * that they are no more than it holds (a view that repeats elements could be of any size).
         */
        long checkedElements(String file, String name) {
            try {
                long elements = Tensor.elements(size);
                long last = offset;
                boolean sound = size.length == stride.length && size.length <= 8 && offset >= 0;
                for (int d = 0; sound && d < size.length; d++) {
                    sound = stride[d] >= 0;
                    long step = Math.multiplyExact(Math.max(0, size[d] - 1), stride[d]);
                    last = Math.addExact(last, step);
                }
                if (sound
                        && elements <= storage.elements
                        && (elements == 0 || last < storage.elements)) {
                    return elements;
                }
            } catch (ArithmeticException e) {
                throw WeightsException.malformed(file, name + " has a shape beyond all bounds", e);
            }
            throw WeightsException.malformed(
                    file,
                    name
                            + " of shape "
                            + Arrays.toString(size)
                            + ", stride "
                            + Arrays.toString(stride)
                            + " and offset "
                            + offset
                            + " does not fit its storage of "
                            + storage.elements);
        }
    }

    @Override
    public Object loads(byte[] pickle) throws PickleException, IOException {
        return load(new ByteArrayInputStream(pickle));
    }

    @Override
    protected Object dispatch(short key) throws PickleException, IOException {
        if (PLAIN.contains(key)) {
            return super.dispatch(key);
        }
        switch (key) {
            case Opcodes.BINUNICODE -> {
                // The library allocates what the length says before it reads.
                input.mark(4);
                byte[] length = PickleUtils.readbytes(input, 4);
                input.reset();
                int bytes = PickleUtils.bytes_to_integer(length);
                if (bytes < 0 || bytes > input.available() - 4) {
                    throw new PickleException("a string of " + bytes + " bytes");
                }
                return super.dispatch(key);
            }
            case Opcodes.GLOBAL -> {
                String module = PickleUtils.readline(input);
                stack.add(global(module, PickleUtils.readline(input)));
            }
            case Opcodes.STACK_GLOBAL -> {
                Object name = stack.pop();
                stack.add(global(String.valueOf(stack.pop()), String.valueOf(name)));
            }
            case Opcodes.REDUCE -> {
                Object arguments = stack.pop();
                stack.add(call(stack.pop(), (Object[]) arguments));
            }
            case Opcodes.BUILD -> {
                // state_dict() carries its version numbers as the state of the dictionary.
                stack.pop();
                if (!(stack.peek() instanceof LinkedHashMap<?, ?>)) {
                    throw WeightsException.classRefused(file, "BUILD of an object's state");
                }
            }
            case Opcodes.EMPTY_DICT -> stack.add(new LinkedHashMap<Object, Object>());
            case Opcodes.SETITEM -> {
                Object value = stack.pop();
                put(List.of(stack.pop(), wrap(value)));
            }
            case Opcodes.SETITEMS -> {
                List<Object> items = new ArrayList<>();
                for (Object item : stack.pop_all_since_marker()) {
                    items.add(wrap(item));
                }
                put(items);
            }
            default -> throw WeightsException.classRefused(file, "pickle operation " + name(key));
        }
        return NO_RETURN_VALUE;
    }

    /** None in a dictionary becomes a value that no reader takes for a tensor. */
    private static Object wrap(Object value) {
        return value == null ? "None" : value;
    }

    private void put(List<Object> items) {
        @SuppressWarnings("unchecked") // only this class puts maps on the stack
        Map<Object, Object> dict = (LinkedHashMap<Object, Object>) stack.peek();
        for (int i = 0; i + 1 < items.size(); i += 2) {
            // A list as key could hold itself, and its hash would not end.
            if (!(items.get(i) instanceof String || items.get(i) instanceof Number)) {
                throw new PickleException("a key that is neither text nor number");
            }
            dict.put(items.get(i), items.get(i + 1));
        }
    }

    private Object global(String module, String name) {
        Object global = GLOBALS.get(module + "." + name);
        if (global == null) {
            throw WeightsException.classRefused(file, module + "." + name);
        }
        return global;
    }

    private Object call(Object callable, Object[] arguments) {
        if (!(callable instanceof Function function)) {
            throw WeightsException.classRefused(
                    file, "a call of " + callable.getClass().getSimpleName());
        }
        return switch (function) {
            case ORDERED_DICT -> {
                if (arguments.length != 0) {
                    throw new PickleException("OrderedDict with arguments");
                }
                yield new LinkedHashMap<Object, Object>();
            }
            case REBUILD_PARAMETER -> (StorageSlice) arguments[0];
            case REBUILD_TENSOR ->
                    new StorageSlice(
                            (Storage) arguments[0],
                            ((Number) arguments[1]).longValue(),
                            longs((Object[]) arguments[2]),
                            longs((Object[]) arguments[3]));
        };
    }

    private static long[] longs(Object[] numbers) {
        return Stream.of(numbers).mapToLong(number -> ((Number) number).longValue()).toArray();
    }

    /** {@code ("storage", type, key, device, number of elements)}. */
    @Override
    protected Object persistentLoad(Object id) {
        Object[] parts = (Object[]) id;
        if (parts.length != 5 || !"storage".equals(parts[0])) {
            throw new PickleException("a persistent id that is no storage");
        }
        return new Storage(
                (String) parts[2], (ElementType) parts[1], ((Number) parts[4]).longValue());
    }

    private static String name(short key) {
        return key
                + IntStream.of(key)
                        .mapToObj(c -> c > 32 && c < 127 ? " '" + (char) c + "'" : "")
                        .collect(Collectors.joining());
    }
}
