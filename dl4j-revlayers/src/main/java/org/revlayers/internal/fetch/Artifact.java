package org.revlayers.internal.fetch;

import java.util.List;

/**
 * Something that {@link Fetch} can get.
 *
 * @param id          short name, also the cache folder's
 * @param client      who fetches it
 * @param coordinates {@code name@version} for npm, {@code group:artifact:version} for Maven
 * @param fileName    the archive's name as the client writes it
 * @param bytes       the archive's size
 * @param sha256      the archive's SHA-256, in hexadecimal
 * @param licence     as its publisher states it
 * @param members     files to unpack, below {@code package/} for npm; a name that ends in {@code /} means all below it
 */
public record Artifact(
        String id,
        Client client,
        String coordinates,
        String fileName,
        long bytes,
        String sha256,
        String licence,
        List<String> members) {

    /** The program that fetches an artifact. */
    public enum Client {
        /** {@code npm pack}; archives are .tgz files. */
        NPM,
        /** {@code mvn dependency:copy}; archives are .jar files. */
        MAVEN
    }

    public Artifact {
        members = List.copyOf(members);
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    id + ": a SHA-256 has 64 hexadecimal digits, got \"" + sha256 + "\": copy it from sha256sum");
        }
    }

    /** The command that a person would type to get the archive into the current folder. */
    public String command() {
        return client == Client.NPM
                ? "npm pack " + coordinates
                : "mvn dependency:copy -Dartifact=" + coordinates + " -DoutputDirectory=.";
    }
}
