package org.revlayers.internal.keep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.revlayers.internal.disk.Disk;
import org.revlayers.internal.disk.Stored;
import org.revlayers.internal.memory.Arena;

/**
 * What one layer keeps between its forward and its backward: every tensor by name, in one of the {@link Form}s, counted. A container
 * layer owns one of these and the meter reads it.
 *
 * <p>What nobody reads any more before backward can be {@linkplain #move moved} to a disk, in whichever form it is; who asks for it gets it from there.
 *
 * <p>Not thread-safe: a layer runs on one thread at a time.
 */
public final class Kept {

    /**
     * One kept tensor.
     *
     * @param name  of the tensor within its layer
     * @param form  how it is kept
     * @param bytes what it takes in memory beyond what others keep: 0 for {@link Form#SHARED} and {@link Form#MOVED}
     * @param array the tensor itself; null if it was moved
     */
    public record Entry(String name, Form form, long bytes, INDArray array) {}

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Moved> moved = new HashMap<>();
    private final Map<String, Kept> parts = new LinkedHashMap<>();
    private final boolean read;
    private final boolean near;
    private final List<Runnable> endings = new ArrayList<>();
    private Arena arena;

    /**
     * Where an entry went.
     *
     * @param form what it was, and is to be again
     */
    private record Moved(Disk disk, Stored stored, Form form) {}

    /** For a forward that a backward may follow. */
    public Kept() {
        this(true, false);
    }

    private Kept(boolean read, boolean near) {
        this.read = read;
        this.near = near;
    }

    /** For a forward whose own backward follows within the same call. */
    public static Kept near() {
        return new Kept(true, true);
    }

    /** For a forward that no backward follows. */
    public static Kept passing() {
        return new Kept(false, false);
    }

    /** Runs a forward, or part of one, that no backward follows: what it keeps is given back at its end. */
    public static void pass(Consumer<Kept> forward) {
        Kept passing = passing();
        passing.begin();
        try {
            forward.accept(passing);
        } finally {
            passing.clear();
        }
    }

    /** Whether a backward may read what is kept here; if not, a layer may spare itself what it would do for that alone. */
    public boolean isRead() {
        return read;
    }

    /** Whether the backward comes so soon that a layer may leave open what it would have to compute again: {@link #onClear} says when it is too late. */
    public boolean isNear() {
        return near;
    }

    /** Has something done when everything is given back. */
    public void onClear(Runnable ending) {
        endings.add(ending);
    }

    /** Starts a new forward: gives back everything from the one before; arrays come from the calling thread's arena. */
    public void begin() {
        clear();
        arena = Arena.current();
    }

    /**
     * What a layer within this one keeps: its entries count here, under {@code name/}. Made when it is first asked for, gone after
     * {@link #clear()}.
     */
    public Kept part(String name) {
        return parts.computeIfAbsent(name, n -> {
            Kept part = new Kept(read, near);
            part.arena = arena;
            return part;
        });
    }

    /** Takes an uninitialised array that lives until it is released. */
    public INDArray take(String name, Form form, DataType type, long... shape) {
        INDArray array = arena.take(type, shape);
        put(new Entry(name, form, array.length() * type.width(), array));
        return array;
    }

    /** Notes a tensor that another owner keeps alive until backward, such as the network's copy of the layer's input. */
    public void share(String name, INDArray array) {
        put(new Entry(name, Form.SHARED, 0, array));
    }

    /** Takes over an array that the caller took from the calling thread's arena. */
    public void adopt(String name, Form form, INDArray array) {
        put(new Entry(name, form, array.length() * array.dataType().width(), array));
    }

    /** Hands an array back to the caller, who gives it to the arena in the end; its name is free again. Null if there is none. */
    public INDArray detach(String name) {
        bring(name);
        Entry entry = entries.remove(name);
        return entry == null ? null : entry.array();
    }

    private void put(Entry entry) {
        if (entries.putIfAbsent(entry.name(), entry) != null) {
            throw new IllegalStateException("\"" + entry.name() + "\" is kept already; one name, one tensor");
        }
    }

    /** The tensor, or null. */
    public INDArray get(String name) {
        bring(name);
        Entry entry = entries.get(name);
        return entry == null ? null : entry.array();
    }

    /** Whether this very array, which another owner keeps, is kept under this name. */
    public boolean shares(String name, INDArray array) {
        Entry entry = entries.get(name);
        return entry != null && entry.form() == Form.SHARED && entry.array() == array;
    }

    /** Whether a tensor of so many bytes is large enough for a disk. */
    public static boolean isMoved(long bytes) {
        return bytes >= Disk.SMALLEST;
    }

    /**
     * Moves tensors to the calling thread's disk, as a unit that comes back together: nobody reads them before backward. What others keep stays, and what is
     * too small. The memory is free when this returns.
     *
     * @param names of tensors, and of parts, which go as a whole; unknown ones are ignored
     */
    public void move(String... names) {
        List<Kept> owners = new ArrayList<>();
        List<Entry> going = new ArrayList<>();
        for (String name : names) {
            if (entries.containsKey(name)) {
                going(entries.get(name), owners, going);
            }
            if (parts.containsKey(name)) {
                parts.get(name).going(owners, going);
            }
        }
        if (going.isEmpty()) {
            return;
        }
        Disk disk = Disk.current();
        List<Stored> stored = disk.store(going.stream().map(Entry::array).toList(), arena);
        for (int i = 0; i < going.size(); i++) {
            Entry entry = going.get(i);
            Kept owner = owners.get(i);
            owner.moved.put(entry.name(), new Moved(disk, stored.get(i), entry.form()));
            owner.entries.put(entry.name(), new Entry(entry.name(), Form.MOVED, 0, null));
            owner.arena.give(entry.array());
        }
    }

    private void going(List<Kept> owners, List<Entry> going) {
        entries.values().forEach(entry -> going(entry, owners, going));
        parts.values().forEach(part -> part.going(owners, going));
    }

    private void going(Entry entry, List<Kept> owners, List<Entry> going) {
        if (isMoved(entry.bytes())) {
            owners.add(this);
            going.add(entry);
        }
    }

    /** Gets back what was moved under this name. */
    private void bring(String name) {
        Moved from = moved.get(name);
        if (from != null) {
            INDArray array = from.disk().fetch(from.stored());
            moved.remove(name);
            entries.put(
                    name,
                    new Entry(
                            name, from.form(), array.length() * array.dataType().width(), array));
        }
    }

    /** Gives one tensor back; its name is free again. Unknown names are ignored. */
    public void release(String name) {
        Entry entry = entries.remove(name);
        Moved away = moved.remove(name);
        if (away != null) {
            away.disk().drop(away.stored());
        } else if (entry != null && entry.form() != Form.SHARED) {
            arena.give(entry.array());
        }
    }

    /** Gives everything back. */
    public void clear() {
        List.copyOf(entries.keySet()).forEach(this::release);
        parts.values().forEach(Kept::clear);
        parts.clear();
        List<Runnable> ending = List.copyOf(endings);
        endings.clear();
        ending.forEach(Runnable::run);
    }

    /** Whether a forward has left something here. */
    public boolean isEmpty() {
        return entries.isEmpty() && parts.values().stream().allMatch(Kept::isEmpty);
    }

    /** Sum of the entries' bytes. */
    public long bytes() {
        return entries.values().stream().mapToLong(Entry::bytes).sum()
                + parts.values().stream().mapToLong(Kept::bytes).sum();
    }

    /** A snapshot, in the order of taking; what the parts keep comes last. */
    public List<Entry> entries() {
        List<Entry> all = new ArrayList<>(entries.values());
        parts.forEach((name, part) ->
                part.entries().forEach(e -> all.add(new Entry(name + "/" + e.name(), e.form(), e.bytes(), e.array()))));
        return all;
    }
}
