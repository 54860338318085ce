package dev.claudevm.ui;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Svg;

/** The few icons of the navigation, drawn for this product on a 24 by 24 grid. Decoration: the words beside them say it. */
public enum Icon {
    INBOX(
            "<path d='M4 13h4l2 3h4l2-3h4'/><path d='M6.5 5h11l2.5 8v5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18v-5z'/>"),
    WORKSPACES("<rect x='4' y='5' width='16' height='6' rx='1.5'/><rect x='4' y='13.5' width='16' height='6' rx='1.5'/>"
            + "<path d='M7.5 8h.01M7.5 16.5h.01'/>"),
    NEW("<path d='M12 5v14M5 12h14'/>"),
    SETTINGS(
            "<path d='M4 7h9m5 0h2M4 17h2m5 0h9'/><circle cx='15.5' cy='7' r='2.5'/><circle cx='8.5' cy='17' r='2.5'/>");

    private final String paths;

    Icon(String paths) {
        this.paths = paths;
    }

    /** @return a new element, hidden from screen readers */
    public Component component() {
        Svg svg = new Svg(
                "<svg viewBox='0 0 24 24' width='24' height='24' fill='none' stroke='currentColor' stroke-width='1.7' "
                        + "stroke-linecap='round' stroke-linejoin='round'>" + paths + "</svg>");
        svg.getElement().setAttribute("aria-hidden", "true");
        return svg;
    }
}
