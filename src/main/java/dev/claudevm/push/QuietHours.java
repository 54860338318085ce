package dev.claudevm.push;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a day in which a device is left alone; what is still open at its end is told then.
 *
 * @param from inclusive
 * @param to exclusive; before {@code from} it is of the next day
 */
record QuietHours(LocalTime from, LocalTime to, ZoneId zone) {

    private static final Pattern FORM = Pattern.compile("(\\d\\d:\\d\\d)-(\\d\\d:\\d\\d) (\\S{1,60})");

    /**
     * @param text for example {@code 22:00-07:00 Europe/Berlin}
     * @throws IllegalArgumentException with a message for people
     */
    static QuietHours parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" are no quiet hours.");
        }
        return of(form.group(1), form.group(2), form.group(3));
    }

    /** @throws IllegalArgumentException with a message for people */
    static QuietHours of(String from, String to, String zone) {
        try {
            QuietHours hours = new QuietHours(LocalTime.parse(from), LocalTime.parse(to), ZoneId.of(zone));
            if (hours.from.equals(hours.to)) {
                throw new IllegalArgumentException("Quiet hours must end at another time than they begin.");
            }
            return hours;
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "\"" + from + "\" to \"" + to + "\" in \"" + zone + "\" are no quiet hours.", e);
        }
    }

    /** @return {@code now}, or the end of the quiet hours that it is in */
    Instant earliest(Instant now) {
        ZonedDateTime there = now.atZone(zone);
        LocalTime time = there.toLocalTime();
        boolean overnight = from.isAfter(to);
        boolean quiet =
                overnight ? !time.isBefore(from) || time.isBefore(to) : !time.isBefore(from) && time.isBefore(to);
        if (!quiet) {
            return now;
        }
        boolean tomorrow = overnight && !time.isBefore(from);
        return there.toLocalDate()
                .plusDays(tomorrow ? 1 : 0)
                .atTime(to)
                .atZone(zone)
                .toInstant();
    }

    String text() {
        return from + "-" + to + " " + zone;
    }
}
