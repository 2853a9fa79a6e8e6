import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;

/** Quartz with jobs in memory: the measurements of `measure.py`, asked for and answered in the same form. */
public final class Quartz {
    private static final long HOUR_MS = 3_600_000;
    private static final long LEAD_MS = 1_500;
    private static Beat[] beats = new Beat[0];

    /** A light job that notes by how many nanoseconds it was late; it knows when it is due from its own count. */
    private static final class Beat {
        static final int ROOM = 20_000_000;
        static final AtomicInteger noted = new AtomicInteger();
        static long[] late = new long[0];
        private final long everyNs;
        private long dueNs;

        Beat(long startMs, long everyMs) {
            dueNs = startMs * 1_000_000;
            everyNs = everyMs * 1_000_000;
        }

        void execute() {
            long due;
            synchronized (this) {
                due = dueNs;
                dueNs += everyNs;
            }
            late[noted.getAndIncrement()] = nowNs() - due;
        }
    }

    /** What Quartz makes anew for each execution. */
    public static final class Job implements org.quartz.Job {
        @Override
        public void execute(JobExecutionContext context) {
            beats[Integer.parseInt(context.getJobDetail().getKey().getName())].execute();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Double> options = new java.util.HashMap<>();
        Matcher found = Pattern.compile("\"(\\w+)\": ([0-9.]+)").matcher(arguments[1]);
        while (found.find()) {
            options.put(found.group(1), Double.valueOf(found.group(2)));
        }
        int jobs = options.get("jobs").intValue();
        int workers = options.getOrDefault("workers", 1.0).intValue();
        Scheduler scheduler = started(workers);
        switch (arguments[0]) {
            case "adding" -> adding(scheduler, jobs, options.get("operations").intValue());
            case "idle" -> idle(scheduler, jobs);
            case "fires" -> fires(scheduler, jobs, options);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        Runtime.getRuntime().halt(0);
    }

    private static void adding(Scheduler scheduler, int jobs, int operations) throws Exception {
        long before = usedBytes();
        long began = System.nanoTime();
        List<JobKey> keys = addFar(scheduler, jobs);
        double took = (System.nanoTime() - began) / 1e9;
        String answer = number("jobs", jobs) + number("per_s", jobs / took)
            + number("bytes", (usedBytes() - before) / (double) jobs);
        Collections.shuffle(keys, new Random(1));
        List<JobKey> chosen = keys.subList(0, operations);
        answer += timed("pause", chosen, scheduler::pauseJob);
        answer += timed("resume", chosen, scheduler::resumeJob);
        answer += timed("remove", chosen, scheduler::deleteJob);
        print(answer);
    }

    private static void idle(Scheduler scheduler, int jobs) throws Exception {
        addFar(scheduler, jobs);
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // until standard input ends
        }
        print(number("jobs", jobs));
    }

    private static void fires(Scheduler scheduler, int jobs, Map<String, Double> options) throws Exception {
        double everyMs = options.get("every_us") / 1000;
        Beat.late = new long[Beat.ROOM];
        beats = new Beat[jobs];
        long startMs = System.currentTimeMillis() + LEAD_MS;
        for (int number = 0; number < jobs; number++) {
            long firstMs = startMs + (long) (number * everyMs / jobs);  // it plans in whole milliseconds
            beats[number] = new Beat(firstMs, (long) everyMs);
            add(scheduler, number, firstMs, (long) everyMs);
        }
        long spareMs = startMs - System.currentTimeMillis();
        if (spareMs < 0) {
            throw new IllegalStateException(jobs + " jobs were added " + -spareMs + " ms too late for the first of them.");
        }
        Thread.sleep(spareMs + (long) (options.get("warm_s") * 1000));
        int seen = Beat.noted.get();
        double spent = cpuSeconds();
        long began = System.nanoTime();
        Thread.sleep((long) (options.get("for_s") * 1000));
        int until = Beat.noted.get();
        spent = cpuSeconds() - spent;
        double took = (System.nanoTime() - began) / 1e9;
        long[] late = Arrays.copyOfRange(Beat.late, seen, until);
        Arrays.sort(late);
        print(number("delivered", late.length / (jobs / everyMs * 1000 * took))
            + number("p50_ms", quantile(late, 0.5) / 1e6) + number("p99_ms", quantile(late, 0.99) / 1e6)
            + number("early_ms", Math.max(0, -quantile(late, 0)) / 1e6)
            + number("cpu_ms_per_1000", spent * 1e6 / Math.max(1, late.length)) + number("cpu_percent", 100 * spent / took));
    }

    private static Scheduler started(int workers) throws SchedulerException {
        Properties settings = new Properties();
        settings.setProperty("org.quartz.scheduler.instanceName", "bench");
        settings.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
        settings.setProperty("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
        settings.setProperty("org.quartz.threadPool.threadCount", String.valueOf(workers));
        settings.setProperty("org.quartz.scheduler.batchTriggerAcquisitionMaxCount", String.valueOf(workers));
        Scheduler scheduler = new StdSchedulerFactory(settings).getScheduler();
        scheduler.start();
        return scheduler;
    }

    private static List<JobKey> addFar(Scheduler scheduler, int jobs) throws SchedulerException {
        long startMs = System.currentTimeMillis() + HOUR_MS;
        List<JobKey> keys = new ArrayList<>(jobs);
        for (int number = 0; number < jobs; number++) {
            keys.add(add(scheduler, number, startMs + number * HOUR_MS / jobs, HOUR_MS));
        }
        return keys;
    }

    /** Late ones are executed, each of them. */
    private static JobKey add(Scheduler scheduler, int number, long firstMs, long everyMs) throws SchedulerException {
        JobDetail job = JobBuilder.newJob(Job.class).withIdentity(String.valueOf(number)).build();
        Trigger trigger = TriggerBuilder.newTrigger().withIdentity(String.valueOf(number)).startAt(new Date(firstMs))
            .withSchedule(SimpleScheduleBuilder.simpleSchedule().withIntervalInMilliseconds(everyMs).repeatForever()
                .withMisfireHandlingInstructionIgnoreMisfires()).build();
        scheduler.scheduleJob(job, trigger);
        return job.getKey();
    }

    private interface Act {
        void on(JobKey key) throws SchedulerException;
    }

    private static String timed(String verb, List<JobKey> keys, Act act) throws SchedulerException {
        long[] took = new long[keys.size()];
        for (int turn = 0; turn < took.length; turn++) {
            long began = System.nanoTime();
            act.on(keys.get(turn));
            took[turn] = System.nanoTime() - began;
        }
        Arrays.sort(took);
        return number(verb + "_p50_us", quantile(took, 0.5) / 1e3) + number(verb + "_p99_us", quantile(took, 0.99) / 1e3);
    }

    private static double quantile(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    private static long nowNs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    private static long usedBytes() throws InterruptedException {
        for (int turn = 0; turn < 3; turn++) {
            System.gc();
            Thread.sleep(100);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    private static String number(String name, double value) {
        return String.format(Locale.ROOT, "\"%s\": %.9f, ", name, value);
    }

    private static void print(String members) {
        System.out.println("{" + members.substring(0, members.length() - 2) + "}");
    }
}
