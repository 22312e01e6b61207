// SPDX-License-Identifier: Apache-2.0
// Prints what HdrHistogram's own library reads in a log: one line an interval.
import java.io.File;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

class ReadLog {
    public static void main(String[] args) throws Exception {
        double[] shares = {50, 90, 99, 99.9, 99.99, 100};
        HistogramLogReader reader = new HistogramLogReader(new File(args[0]));
        EncodableHistogram next;
        while ((next = reader.nextIntervalHistogram()) != null) {
            Histogram h = (Histogram) next;
            StringBuilder line = new StringBuilder();
            line.append(h.getTag()).append('\t').append(h.getStartTimeStamp()).append('\t').append(h.getEndTimeStamp());
            line.append('\t').append(h.getTotalCount());
            for (double share : shares)
                line.append('\t').append(h.getValueAtPercentile(share));
            System.out.println(line);
        }
    }
}
