package org.revlayers.internal.backend;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import org.nd4j.common.io.AbstractResource;
import org.nd4j.common.io.Resource;

/** A properties file with some keys replaced: what the wrapped backend says, whatever its release, except for those. */
final class PatchedProperties extends AbstractResource {

    private final Resource original;
    private final Map<String, String> replaced;

    PatchedProperties(Resource original, Map<String, String> replaced) {
        this.original = original;
        this.replaced = replaced;
    }

    @Override
    public String getDescription() {
        return original.getDescription() + " with " + replaced;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = original.getInputStream()) {
            properties.load(in);
        }
        properties.putAll(replaced);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        properties.store(out, null);
        return new ByteArrayInputStream(out.toByteArray());
    }
}
