package org.revlayers.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Amounts of memory as text. */
class BytesTest {

    @ParameterizedTest
    @CsvSource({
        "400MiB, 419430400",
        "1.5 GiB, 1610612736",
        "2GB, 2000000000",
        "2gib, 2147483648",
        "7 B, 7",
        "0KiB, 0",
        "0.0001KiB, 0",
        "3kB, 3000",
        "1TiB, 1099511627776",
        "' 1TB ', 1000000000000",
        "4194304TiB, 4611686018427387904"
    })
    void reads(String text, long bytes) {
        assertEquals(bytes, Bytes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "400", "-1GiB", "GiB", "1,5GiB", "1e3MiB", "4 parsec", "25%", "99999999TiB", "NaN GiB"})
    void refuses(String text) {
        assertThrows(IllegalArgumentException.class, () -> Bytes.parse(text));
    }

    @Test
    void writes() {
        assertEquals("1023 B", Bytes.text(1023));
        assertEquals("1.00 KiB", Bytes.text(1024));
        assertEquals("400.00 MiB", Bytes.text(400L << 20));
        assertEquals("1.50 GiB", Bytes.text(3L << 29));
        assertEquals("2.00 TiB", Bytes.text(2L << 40));
        assertEquals("1.50 GiB (1,610,612,736 bytes)", Bytes.exact(3L << 29));
        assertEquals("400 bytes", Bytes.exact(400));
    }
}
