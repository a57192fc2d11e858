package org.revlayers.backend;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.nd4j.common.io.AbstractResource;
import org.nd4j.common.io.Resource;

/** A properties file with one key replaced: what the wrapped backend says, whatever its release, except for that key. */
final class PatchedProperties extends AbstractResource {

    private final Resource original;
    private final String key;
    private final String value;

    PatchedProperties(Resource original, String key, String value) {
        this.original = original;
        this.key = key;
        this.value = value;
    }

    @Override
    public String getDescription() {
        return original.getDescription() + " with " + key + "=" + value;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = original.getInputStream()) {
            properties.load(in);
        }
        properties.setProperty(key, value);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        properties.store(out, null);
        return new ByteArrayInputStream(out.toByteArray());
    }
}
