// SPDX-License-Identifier: Apache-2.0
import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.SleepingWaitStrategy;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.ProducerType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * LMAX Disruptor as a driver of the bench (harness/bench/driver.h says what the lines mean): producers claim one
 * slot, or a batch by next(n), write the payload into the pre-allocated event, and publish; one consumer is a
 * BatchEventProcessor that reads every word. Items are those of the measured loops in C, and checked alike.
 */
public final class Lmax {
    private static final long LAST = 1L << 55;
    private static final long NUMBER = LAST - 1;
    private static final long WORD_STEP = 0x9e3779b97f4a7c15L;
    private static final double FIRST_SECONDS = 1.5, FIRST_TIMES = 30; // until a shape of turn is compiled

    /** Small items are a field, larger ones an array beside it. */
    static final class Event {
        long value;
        final long[] words;

        Event(int words) {
            this.words = words > 1 ? new long[words] : null;
        }
    }

    /** One turn as asked for. */
    static final class Turn {
        final int producers, consumers, batch, capacity, words;
        final double seconds;
        final WaitStrategy wait;
        final String shape;

        Turn(Map<String, String> values) {
            producers = number(values, "producers");
            consumers = number(values, "consumers");
            int bytes = number(values, "item_bytes");
            words = bytes / 8;
            int asked = number(values, "capacity");
            capacity = Math.max(1, Integer.highestOneBit(Math.max(1, asked - 1)) << (asked > 1 ? 1 : 0));
            batch = Math.min(number(values, "batch"), capacity);
            seconds = Double.parseDouble(values.get("seconds"));
            wait = strategy(values.get("wait"));
            shape = (producers > 1) + " " + (batch > 1) + " " + (words > 1) + " " + values.get("wait");
        }

        private static int number(Map<String, String> values, String key) {
            return Integer.parseInt(values.get(key));
        }

        private static WaitStrategy strategy(String name) {
            switch (name) {
            case "spin": return new BusySpinWaitStrategy();
            case "yield": return new YieldingWaitStrategy();
            case "sleep": return new SleepingWaitStrategy();
            default: return new BlockingWaitStrategy();
            }
        }
    }

    // --- one run ----

    private final Turn turn;
    private final RingBuffer<Event> ring;
    private final BatchEventProcessor<Event> processor;
    private final Check check = new Check();
    private final Producer[] producers;
    private final AtomicInteger ready = new AtomicInteger();
    private volatile boolean go, stop;
    private volatile long consumerCpuNs;

    private Lmax(Turn turn) {
        this.turn = turn;
        int words = turn.words;
        ring = RingBuffer.create(turn.producers > 1 ? ProducerType.MULTI : ProducerType.SINGLE,
                                 () -> new Event(words), turn.capacity, turn.wait);
        processor = new BatchEventProcessor<>(ring, ring.newBarrier(), check);
        ring.addGatingSequences(processor.getSequence());
        producers = new Producer[turn.producers];
        for (int i = 0; i < turn.producers; i++) producers[i] = new Producer(i);
    }

    private static long cpuNs() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void awaitStart() {
        ready.incrementAndGet();
        while (!go) Thread.yield();
    }

    private static void write(Event event, long id) {
        event.value = id;
        long[] words = event.words;
        if (words != null) {
            words[0] = id;
            for (int i = 1; i < words.length; i++) words[i] = id + i * WORD_STEP;
        }
    }

    /** Writes items until it is stopped, and then the one that says so. */
    private final class Producer implements Runnable {
        final int index;
        long items, checksum, firstNs, cpuNs;

        Producer(int index) {
            this.index = index;
        }

        private void publishOne(long id) {
            long sequence = ring.next();
            write(ring.get(sequence), id);
            ring.publish(sequence);
        }

        /** Items with the n identities after this one. */
        private void publish(long identity, int n) {
            long high = ring.next(n), low = high - n + 1;
            for (int i = 0; i < n; i++) write(ring.get(low + i), identity + 1 + i);
            ring.publish(low, high);
        }

        @Override
        public void run() {
            // Locals: fields of two producers may share a line.
            long identity = (long) index << 56, sum = 0, first = identity;
            int batch = turn.batch;
            awaitStart();
            long cpu = cpuNs();
            firstNs = System.nanoTime();
            if (batch == 1) {
                while (!stop) {
                    publishOne(++identity);
                    sum += identity;
                }
            } else {
                while (!stop) {
                    publish(identity, batch);
                    for (int i = 0; i < batch; i++) sum += ++identity;
                }
            }
            long end = (identity + 1) | LAST;
            publishOne(end);
            cpuNs = cpuNs() - cpu;
            items = identity + 1 - first;
            checksum = sum + end;
        }
    }

    /** The consumer: sums and checks; ends the run when all producers' last items have come. */
    private final class Check implements EventHandler<Event> {
        final long[] last = new long[256];
        long items, checksum, wrong, lastNs;
        int finished;

        @Override
        public void onEvent(Event event, long sequence, boolean endOfBatch) {
            long id = event.value;
            long[] words = event.words;
            if (words != null) {
                long sum = 0;
                for (int i = 0; i < words.length; i++) sum += words[i];
                long n = words.length;
                if (sum != id * n + n * (n - 1) / 2 * WORD_STEP) wrong++;
            }
            long number = id & NUMBER;
            int producer = (int) (id >>> 56);
            if (number <= last[producer]) wrong++;
            last[producer] = number;
            checksum += id;
            items++;
            if ((id & LAST) != 0 && ++finished == turn.producers) {
                lastNs = System.nanoTime();
                processor.halt();
            }
        }
    }

    /** Calls `started` when all threads wait for the start, runs, and answers the line of figures. */
    private String run(Started started) throws IOException, InterruptedException {
        Thread[] threads = new Thread[turn.producers + 1];
        for (int i = 0; i < turn.producers; i++) threads[i] = new Thread(producers[i], "weir-p" + i);
        threads[turn.producers] = new Thread(() -> {
            awaitStart();
            long cpu = cpuNs();
            processor.run();
            consumerCpuNs = cpuNs() - cpu;
        }, "weir-c0");
        System.gc(); // now, and the events side by side
        for (Thread thread : threads) {
            thread.setDaemon(true);
            thread.start();
        }
        while (ready.get() < threads.length) Thread.sleep(1);
        started.tell();
        go = true;
        Thread.sleep((long) (turn.seconds * 1e3), (int) (turn.seconds * 1e9 % 1e6));
        stop = true;
        for (Thread thread : threads) thread.join();
        return figures();
    }

    private String figures() {
        long items = 0, checksum = 0, first = Long.MAX_VALUE, cpu = consumerCpuNs;
        for (Producer producer : producers) {
            items += producer.items;
            checksum += producer.checksum;
            cpu += producer.cpuNs;
            first = Math.min(first, producer.firstNs);
        }
        if (check.wrong != 0) return error("items came out of order or damaged");
        if (items != check.items || checksum != check.checksum)
            return error("what came out is not what went in");
        double n = items;
        return "{\"items\":" + items + ",\"ns_per_item\":" + (check.lastNs - first) / n + ",\"cpu_ns_per_item\":" +
            cpu / n + ",\"consumer_cpu_ns_per_item\":" + consumerCpuNs / n + "}";
    }

    // --- the lines ----

    private interface Started {
        void tell() throws IOException;
    }

    private static String error(String text) {
        return "{\"error\":\"" + text.replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"}";
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static String answer(String line, BufferedReader in, Set<String> warm) throws InterruptedException {
        try {
            Map<String, String> values = new HashMap<>();
            for (String word : line.split(" ")) {
                int at = word.indexOf('=');
                if (at > 0) values.put(word.substring(0, at), word.substring(at + 1));
            }
            Turn turn = new Turn(values);
            if (turn.consumers != 1) return error("one consumer only");
            if (warm.add(turn.shape)) {
                values.put("seconds", Double.toString(Math.min(FIRST_SECONDS, turn.seconds * FIRST_TIMES)));
                new Lmax(new Turn(values)).run(() -> {});
            }
            return new Lmax(turn).run(() -> {
                say("ready");
                if (!"go".equals(in.readLine())) throw new IOException("no go");
            });
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            return error(e.toString());
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        Set<String> warm = new HashSet<>();
        say("weir-driver 1 producers=64 consumers=1");
        for (String line = in.readLine(); line != null; line = in.readLine()) say(answer(line, in, warm));
    }
}
