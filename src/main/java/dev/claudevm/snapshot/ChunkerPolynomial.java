package dev.claudevm.snapshot;

import java.security.SecureRandom;

/**
 * Where restic cuts files into pieces depends on a polynomial over GF(2) that each repository chooses for itself: irreducible, of
 * degree 53 (restic's documentation, "Backups and Deduplication"). One is a {@code long} here, a bit for each coefficient.
 */
final class ChunkerPolynomial {

    private static final int DEGREE = 53;

    private ChunkerPolynomial() {}

    /** One in {@value #DEGREE} is irreducible. */
    static long random(SecureRandom random) {
        while (true) {
            // The highest coefficient, and the lowest: without it x would divide it.
            long one = random.nextLong() & (1L << DEGREE) - 1 | 1L << DEGREE | 1;
            if (irreducible(one)) {
                return one;
            }
        }
    }

    /** Ben-Or's test: whatever divides it and has a degree d divides x^(2^d) - x too. */
    static boolean irreducible(long polynomial) {
        long x = 0b10;
        long power = x;
        for (int i = 1; i <= degree(polynomial) / 2; i++) {
            power = product(power, power, polynomial);
            if (degree(divisor(polynomial, power ^ x)) != 0) {
                return false;
            }
        }
        return true;
    }

    /** -1: of zero. */
    private static int degree(long polynomial) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(polynomial);
    }

    /** @return a·b modulo m */
    private static long product(long a, long b, long m) {
        long sum = 0;
        long shifted = remainder(a, m);
        for (long rest = b; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                sum ^= shifted;
            }
            shifted <<= 1;
            if (degree(shifted) == degree(m)) {
                shifted ^= m;
            }
        }
        return sum;
    }

    private static long remainder(long a, long m) {
        long rest = a;
        while (degree(rest) >= degree(m)) {
            rest ^= m << degree(rest) - degree(m);
        }
        return rest;
    }

    /** @return the greatest common one */
    private static long divisor(long a, long b) {
        return b == 0 ? a : divisor(b, remainder(a, b));
    }
}
