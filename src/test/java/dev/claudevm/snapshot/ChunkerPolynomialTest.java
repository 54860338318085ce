package dev.claudevm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChunkerPolynomialTest {

    private static final int SMALL = 1 << 11;

    /** Against all products of smaller ones. */
    @Test
    void itKnowsWhichOfTheSmallOnesAreIrreducible() {
        Set<Long> products = new HashSet<>();
        for (long a = 2; a < SMALL; a++) {
            for (long b = 2; b < SMALL && product(a, b) < SMALL; b++) {
                products.add(product(a, b));
            }
        }
        for (long one = 2; one < SMALL; one++) {
            assertThat(ChunkerPolynomial.irreducible(one))
                    .as(Long.toBinaryString(one))
                    .isEqualTo(!products.contains(one));
        }
    }

    private static long product(long a, long b) {
        long sum = 0;
        for (int bit = 0; b >> bit != 0; bit++) {
            if ((b >> bit & 1) != 0) {
                sum ^= a << bit;
            }
        }
        return sum;
    }

    /** The one that restic's documentation shows, and a multiple of x + 1: those have an even number of terms. */
    @Test
    void itKnowsLargeOnes() {
        assertThat(ChunkerPolynomial.irreducible(0x3DA3358B4DC173L)).isTrue();
        assertThat(ChunkerPolynomial.irreducible(0x3DA3358B4DC173L ^ 2)).isFalse();
    }

    @Test
    void aRandomOneIsIrreducibleAndOfItsDegree() {
        long one = ChunkerPolynomial.random(new SecureRandom());
        assertThat(ChunkerPolynomial.irreducible(one)).isTrue();
        assertThat(Long.highestOneBit(one)).isEqualTo(1L << 53);
        assertThat(ChunkerPolynomial.random(new SecureRandom())).isNotEqualTo(one);
    }
}
