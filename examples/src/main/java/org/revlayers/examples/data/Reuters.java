package org.revlayers.examples.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.revlayers.files.WeightsFileException;
import org.revlayers.internal.fetch.Artifacts;
import org.revlayers.internal.fetch.Fetch;
import org.revlayers.internal.files.ForeignFile;
import org.revlayers.internal.files.StrictJson;

/**
 * News stories of Reuters-21578 with exactly one of eight topics and a non-empty body, like the collection known as R8;
 * training stories are those up to id 14,818. 5,086 for training, 2,133 for testing; classes are uneven (earn is over half),
 * so report macro-F1 beside accuracy. For research use. DataVec's JSON readers take one record a file or a line, and these files are arrays.
 *
 * @param stories in the order of the files
 */
public record Reuters(List<Story> stories) {

    /** Topics, in the order of the labels. */
    public static final List<String> TOPICS =
            List.of("earn", "acq", "crude", "trade", "money-fx", "interest", "ship", "grain");

    private static final String REMEDY = "delete its folder to fetch it anew";
    private static final int LAST_TRAINING_ID = 14_818;

    /**
     * A story.
     *
     * @param id    in the collection
     * @param text  title, a line break, body
     * @param label index into {@link #TOPICS}
     */
    public record Story(int id, String text, int label) {}

    public Reuters {
        stories = List.copyOf(stories);
    }

    /** The stories from the cache, fetched if need be. */
    public static Reuters load(Fetch fetch, boolean train) throws IOException {
        return load(fetch.get(Artifacts.REUTERS).resolve("data").resolve("full"), train);
    }

    /**
     * The stories of a folder of {@code reuters-*.json} files.
     *
     * @param train the training stories, else the test stories
     */
    public static Reuters load(Path folder, boolean train) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
        List<Story> stories = new ArrayList<>();
        for (Path file : files) {
            ForeignFile.read(file, REMEDY, () -> {
                JsonNode all = StrictJson.parse(file, "it", Files.readAllBytes(file), REMEDY);
                if (!all.isArray()) {
                    throw new WeightsFileException(
                            file, "must be an array of stories, it is " + StrictJson.shown(all), REMEDY);
                }
                for (JsonNode node : all) {
                    Story story = story(file, node);
                    if (story != null && story.id() <= LAST_TRAINING_ID == train) {
                        stories.add(story);
                    }
                }
                return null;
            });
        }
        if (stories.isEmpty()) {
            throw new WeightsFileException(
                    folder,
                    "must hold reuters-*.json files with stories, it holds " + files.size()
                            + " JSON files and none fits",
                    "delete it to fetch it anew");
        }
        return new Reuters(stories);
    }

    /** Null if it has another topic or no body. */
    private static Story story(Path file, JsonNode node) throws IOException {
        JsonNode topics = node.path("topics");
        JsonNode body = node.path("body");
        int label = topics.isArray() && topics.size() == 1
                ? TOPICS.indexOf(topics.get(0).asText())
                : -1;
        if (label < 0 || !body.isTextual() || body.asText().isBlank()) {
            return null;
        }
        String id = node.path("id").asText();
        if (!id.matches("[0-9]{1,9}")) {
            throw new WeightsFileException(
                    file, "a story's id must be a number, it is " + StrictJson.shown(node.path("id")), REMEDY);
        }
        return new Story(Integer.parseInt(id), node.path("title").asText() + "\n" + body.asText(), label);
    }
}
