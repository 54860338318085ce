package dev.claudevm.terminal;

/** The newest bytes of an endless output, by their place in it. Not safe for use by several threads. */
final class Ring {

    private final byte[] bytes;

    Ring(int capacityBytes) {
        bytes = new byte[capacityBytes];
    }

    int capacity() {
        return bytes.length;
    }

    /** @param at place of the first of them */
    void put(long at, byte[] from, int length) {
        int place = (int) (at % bytes.length);
        int first = Math.min(length, bytes.length - place);
        System.arraycopy(from, 0, bytes, place, first);
        System.arraycopy(from, first, bytes, 0, length - first);
    }

    byte[] copy(long at, int length) {
        byte[] copy = new byte[length];
        int place = (int) (at % bytes.length);
        int first = Math.min(length, bytes.length - place);
        System.arraycopy(bytes, place, copy, 0, first);
        System.arraycopy(bytes, 0, copy, first, length - first);
        return copy;
    }
}
