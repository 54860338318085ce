import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * {@code java build/Unsign.java FOLDER}: takes the signatures out of the jars of a folder. JDK 25 keeps no class of a signed jar in an AOT
 * cache, and Bouncy Castle's, which nobody here asks for its signature, were a tenth of a server's start.
 */
public final class Unsign {

    public static void main(String[] args) throws IOException {
        try (var jars = Files.newDirectoryStream(Path.of(args[0]), "*.jar")) {
            for (Path jar : jars) {
                if (isSigned(jar)) {
                    Path unsigned = jar.resolveSibling(jar.getFileName() + ".new");
                    copy(jar, unsigned);
                    Files.move(unsigned, jar, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static boolean isSigned(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return zip.stream().anyMatch(Unsign::isSignature);
        }
    }

    private static boolean isSignature(ZipEntry entry) {
        return entry.getName().matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC)");
    }

    private static void copy(Path jar, Path unsigned) throws IOException {
        try (ZipFile in = new ZipFile(jar.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(unsigned))) {
            for (ZipEntry entry : in.stream().filter(e -> !isSignature(e)).toList()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    Manifest manifest = new Manifest(in.getInputStream(entry));
                    // What else it says of entries are their digests.
                    manifest.getEntries().clear();
                    manifest.write(out);
                } else {
                    in.getInputStream(entry).transferTo(out);
                }
            }
        }
    }
}
