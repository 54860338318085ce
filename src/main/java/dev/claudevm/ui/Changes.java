package dev.claudevm.ui;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.UI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/**
 * Ties views to what changes on the server. While a component is on a screen, its {@code show} runs after each event of the
 * type that it asked for, with the session's lock held, and is pushed; several events in a row are shown at once.
 */
@Service
public class Changes {

    private record Watch(Class<?> type, Runnable wake) {}

    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    /** Must be called before {@code component} is attached. */
    public void follow(Component component, Class<?> event, Runnable show) {
        component.addAttachListener(attached -> {
            UI ui = attached.getUI();
            AtomicBoolean waiting = new AtomicBoolean();
            Watch watch = new Watch(event, () -> {
                if (waiting.compareAndSet(false, true)) {
                    var _ = ui.access(() -> {
                        waiting.set(false);
                        show.run();
                    });
                }
            });
            watches.add(watch);
            component.addDetachListener(detached -> {
                watches.remove(watch);
                detached.unregisterListener();
            });
        });
    }

    @EventListener
    void on(PayloadApplicationEvent<?> event) {
        Class<?> type = event.getPayload().getClass();
        for (Watch watch : watches) {
            if (watch.type().isAssignableFrom(type)) {
                watch.wake().run();
            }
        }
    }
}
