package dev.claudevm.server;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import java.util.Map;

/** A QR code as text: two rows of it in each line, in half blocks. */
public final class QrCode {

    private static final int QUIET_ZONE = 2;

    private QrCode() {}

    /** @return lines that end with a newline; light on dark, as most terminals are, with its own quiet zone */
    public static String of(String text) {
        BitMatrix dots;
        try {
            dots = new QRCodeWriter()
                    .encode(
                            text,
                            BarcodeFormat.QR_CODE,
                            0,
                            0,
                            Map.of(
                                    EncodeHintType.MARGIN,
                                    QUIET_ZONE,
                                    EncodeHintType.ERROR_CORRECTION,
                                    ErrorCorrectionLevel.L));
        } catch (WriterException e) {
            throw new IllegalArgumentException("Too long for a QR code: " + text.length() + " characters", e);
        }
        StringBuilder lines = new StringBuilder();
        for (int y = 0; y < dots.getHeight(); y += 2) {
            // Black on white whatever the terminal's colours are.
            lines.append("\u001b[30;107m");
            for (int x = 0; x < dots.getWidth(); x++) {
                boolean upper = dots.get(x, y);
                boolean lower = y + 1 < dots.getHeight() && dots.get(x, y + 1);
                lines.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
            }
            lines.append("\u001b[0m\n");
        }
        return lines.toString();
    }
}
