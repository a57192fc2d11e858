package org.revlayers.graph;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.nd4j.common.config.ND4JSystemProperties;

/** Turns ND4J's array cache off for a test class: with it, plain graphs compute other values in {@code fit} and in {@code output} (M2.1). */
final class CacheOff implements BeforeAllCallback, AfterAllCallback {

    private static final String CACHE = ND4JSystemProperties.SAMEDIFF_MEMORY_CACHE_DISABLE;

    @Override
    public void beforeAll(ExtensionContext context) {
        System.setProperty(CACHE, "false");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        System.clearProperty(CACHE);
    }
}
