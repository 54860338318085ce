package dev.claudevm.phone;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;

/** The screens by the names that people and screen readers know them by (DESIGN 3.9). */
record Screens(Page page) {

    Locator composer() {
        return page.getByRole(
                AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Message").setExact(true));
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator tab(String name) {
        return page.getByRole(
                AriaRole.TAB, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator link(String name) {
        return page.getByRole(
                        AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true))
                .locator("visible=true");
    }

    /** Says something: in the queue while a turn runs, else at once. */
    void say(String text) {
        composer().fill(text);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^(Send|Queue)$")))
                .click();
    }

    Locator log() {
        return page.getByRole(AriaRole.LOG, new Page.GetByRoleOptions().setName("Conversation"));
    }

    Locator articles(String who) {
        return log().getByRole(AriaRole.ARTICLE, new Locator.GetByRoleOptions().setName(who));
    }

    /** @return the agent's articles with these words; a person's own message with the same words does not count */
    Locator said(String agent, String words) {
        return articles(agent)
                .filter(new Locator.FilterOptions().setHasText(words))
                .first();
    }

    Locator approvals() {
        return page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName(Pattern.compile("^Approval: ")));
    }

    Locator approvalWith(String command) {
        return approvals().filter(new Locator.FilterOptions().setHasText(command));
    }

    Locator questions() {
        return page.getByRole(AriaRole.GROUP, new Page.GetByRoleOptions().setName(Pattern.compile("^Question: ")));
    }

    Locator queue() {
        return page.getByRole(AriaRole.LIST, new Page.GetByRoleOptions().setName("Queue"))
                .getByRole(AriaRole.LISTITEM);
    }

    Locator connection() {
        return page.getByRole(AriaRole.STATUS, new Page.GetByRoleOptions().setName("Connection"))
                .locator("visible=true")
                .first();
    }

    static Locator in(Locator card, String button) {
        return card.getByRole(
                AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(button).setExact(true));
    }

    /** Answers a card. A tap on a card that has just moved under the finger is not taken on purpose: then again. */
    static void answer(Locator card, String choice) {
        org.awaitility.Awaitility.await("the answer is taken").until(() -> {
            for (String button : java.util.List.of(choice, "Answer")) {
                Locator found = in(card, button);
                if (found.isVisible() && found.isEnabled()) {
                    found.click();
                }
            }
            return !card.isVisible();
        });
    }
}
