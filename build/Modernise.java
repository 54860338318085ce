import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * {@code java build/Modernise.java OLD.jar NEW.jar}: gives a jar's classes the format of Java 8. Picocli is compiled for
 * Java 5, and JDK 25 keeps no class of that format in an AOT cache: they were two thirds of the CLI's start.
 */
public final class Modernise {

    public static void main(String[] args) throws IOException {
        URI old = Path.of(args[0]).toUri();
        try (URLClassLoader classes = new URLClassLoader(new URL[] {old.toURL()});
                ZipInputStream in = new ZipInputStream(old.toURL().openStream());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(Path.of(args[1])))) {
            ClassFile format = ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS,
                    ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(classes)
                            .orElse(ClassHierarchyResolver.defaultResolver())));
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                byte[] bytes = in.readAllBytes();
                out.putNextEntry(new ZipEntry(entry.getName()));
                boolean isClass = entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class");
                out.write(isClass ? modern(format, bytes) : bytes);
            }
        }
    }

    private static byte[] modern(ClassFile format, byte[] bytes) {
        return format.transformClass(
                format.parse(bytes),
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen((builder, element) -> {
                    if (element instanceof ClassFileVersion) {
                        builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                    } else {
                        builder.with(element);
                    }
                }));
    }
}
