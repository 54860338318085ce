package dev.claudevm.server;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.util.List;

/** Reads a QR code off the terminal, as a phone's camera does. */
final class QrReader {

    private static final int PIXELS_PER_DOT = 8;
    private static final int WHITE = 0xFFFFFF;

    private QrReader() {}

    static String read(String printed) throws Exception {
        List<String> lines = printed.lines()
                .map(line -> line.replaceAll("\u001b\\[[0-9;]*m", ""))
                .toList();
        int dots = lines.getFirst().length();
        int width = dots * PIXELS_PER_DOT;
        int height = lines.size() * 2 * PIXELS_PER_DOT;
        int[] pixels = new int[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int row = y / PIXELS_PER_DOT;
                char dot = lines.get(row / 2).charAt(x / PIXELS_PER_DOT);
                boolean dark = dot == '█' || (row % 2 == 0 ? dot == '▀' : dot == '▄');
                pixels[y * width + x] = dark ? 0 : WHITE;
            }
        }
        var image = new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width, height, pixels)));
        return new QRCodeReader().decode(image).getText();
    }
}
