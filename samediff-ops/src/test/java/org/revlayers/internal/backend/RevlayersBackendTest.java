package org.revlayers.internal.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.revlayers.internal.kernel.device.Devices;

class RevlayersBackendTest {

    @Test
    void changesOnlyTheExecutionerAndTheSessions() throws Exception {
        assumeTrue(Devices.current() == null, "about nd4j-native");
        RevlayersBackend ours = new RevlayersBackend();
        Properties properties = new Properties();
        properties.load(ours.getConfigurationResource().getInputStream());
        Properties original = new Properties();
        original.load(getClass().getResourceAsStream("/nd4j-native.properties"));
        original.setProperty("opexec", RevlayersCpuExecutioner.class.getName());
        original.setProperty("inferencefactory.class", CarefulInferenceFactory.class.getName());
        assertEquals(original, properties);
    }

    /** A CUDA program has our jar and nd4j-api, but not nd4j-native: loading all backends must not fail. */
    @Test
    void isUnavailableWithoutNd4jNative() throws Exception {
        assumeTrue(Devices.current() == null, "about nd4j-native");
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!new File(entry).getName().startsWith("nd4j-native-1") && !entry.contains("/nd4j-native/")) {
                urls.add(url(entry));
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            Class<?> service = loader.loadClass(Nd4jBackend.class.getName());
            int found = 0;
            for (Object backend : ServiceLoader.load(service, loader)) {
                found++;
                assertEquals(
                        RevlayersBackend.class.getName(), backend.getClass().getName());
                assertFalse((boolean) service.getMethod("isAvailable").invoke(backend));
                assertTrue((int) service.getMethod("getPriority").invoke(backend) > 0);
            }
            assertEquals(1, found);
        }
    }

    private static URL url(String entry) throws MalformedURLException {
        return new File(entry).toURI().toURL();
    }

    @Test
    void anUnusableDeviceStopsNd4jWithItsReason() {
        RevlayersBackend backend = new RevlayersBackend(() -> {
            throw new UnsupportedOperationException("no code for 9.0");
        });
        assertTrue(backend.getPriority() > Nd4jBackend.BACKEND_PRIORITY_GPU, "asked before ND4J's own");
        LinkageError error = assertThrows(LinkageError.class, backend::isAvailable);
        assertEquals("no code for 9.0", error.getMessage());
    }

    @Test
    void withoutADeviceTheCpuRuns() {
        assumeTrue(Devices.current() == null, "about nd4j-native");
        RevlayersBackend backend = new RevlayersBackend(() -> false);
        assertTrue(backend.isAvailable());
        assertEquals(Nd4jBackend.BACKEND_PRIORITY_CPU + 1, backend.getPriority());
    }
}
