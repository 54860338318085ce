package dev.claudevm.phone;

import dev.claudevm.testkit.Folders;
import dev.claudevm.testkit.StandInModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A model, the product and a browser: started once for all tests of a run, because that takes longer than most of them.
 * Each test begins without workspaces and with devices of its own.
 */
final class Stage implements BeforeEachCallback, AfterEachCallback {

    /** Tag of tests that need a product which nobody has used. */
    static final String ALONE = "alone";

    private static final ExtensionContext.Namespace SHARED = ExtensionContext.Namespace.create(Stage.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        Set set = store(context).computeIfAbsent(Set.class, _ -> Set.up(), Set.class);
        Story story = (Story) context.getRequiredTestInstance();
        story.model = set.model;
        story.product = set.product;
        story.phone = set.phone;
        List<Phone.Device> _ = set.phone.opened();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (context.getTags().contains(ALONE)) {
            Set set = store(context).remove(Set.class, Set.class);
            if (set != null) {
                set.close();
            }
        } else if (((Story) context.getRequiredTestInstance()).product instanceof Product product) {
            product.deleteWorkspaces();
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getRoot().getStore(SHARED);
    }

    /** Closed with the store, at the end of the run. */
    private record Set(Path base, StandInModel model, Product product, Phone phone) implements AutoCloseable {

        static Set up() {
            try {
                Path base = Files.createTempDirectory("stage");
                StandInModel model = StandInModel.start();
                Product product = new Product(base, Configurations.claude(model.baseUrl()));
                Set set = new Set(base, model, product, new Phone());
                try {
                    product.start();
                    return set;
                } catch (Exception e) {
                    set.close();
                    throw e;
                }
            } catch (Exception e) {
                throw new IllegalStateException("The product did not start", e);
            }
        }

        @Override
        public void close() throws Exception {
            phone.close();
            try {
                product.close();
            } finally {
                model.close();
                Folders.delete(base);
            }
        }
    }
}
