package org.revlayers.examples.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.revlayers.text.WordPiece;

class ReutersTest {

    @TempDir
    Path folder;

    @Test
    void storiesWithOneOfTheTopicsAreKept() throws Exception {
        Files.writeString(
                folder.resolve("reuters-000.json"),
                """
                [{"title":"A","body":"a b","topics":["acq"],"id":"1"},
                 {"title":"two topics","body":"a","topics":["acq","earn"],"id":"2"},
                 {"title":"another topic","body":"a","topics":["cocoa"],"id":"3"},
                 {"title":"no body","body":" ","topics":["earn"],"id":"4"},
                 {"title":"no topics","body":"a","id":"5"},
                 {"body":"b","topics":["grain"],"id":"14818"},
                 {"title":"T","body":"b","topics":["grain"],"id":"14819"}]
                """);
        Reuters train = Reuters.load(folder, true);
        assertEquals(2, train.stories().size());
        assertEquals(new Reuters.Story(1, "A\na b", 1), train.stories().get(0));
        assertEquals("grain", Reuters.TOPICS.get(train.stories().get(1).label()));
        assertEquals(14819, Reuters.load(folder, false).stories().get(0).id());

        WordPiece tokenizer = new WordPiece(Map.of("[PAD]", 9, "[UNK]", 1, "[CLS]", 2, "[SEP]", 3, "a", 4, "b", 5));
        DataSet batch = new TextIterator(tokenizer, train, new int[] {1, 0}, 2, 6, null).next();
        assertArrayEquals(
                new float[][] {{2, 5, 3, 9, 9, 9}, {2, 4, 4, 5, 3, 9}},
                batch.getFeatures().toFloatMatrix());
        assertArrayEquals(
                new float[][] {{1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 0}},
                batch.getFeaturesMaskArray().toFloatMatrix());
        assertEquals(1, batch.getLabels().getFloat(0, 7));
        assertEquals(8, batch.getLabels().size(1));

        Files.delete(folder.resolve("reuters-000.json"));
        assertThrows(IOException.class, () -> Reuters.load(folder, true));
    }
}
