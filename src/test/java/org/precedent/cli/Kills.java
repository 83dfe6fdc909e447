package org.precedent.cli;

import java.util.SplittableRandom;

/** Ends processes as a crash does, with or without the embedded PostgreSQL, and counts. */
final class Kills {
    private final PackagedProcesses processes;
    private final SplittableRandom random;
    private int databaseKills;

    /**
     * @param processes whose database may be killed, too
     * @param random how the two follow each other
     */
    Kills(PackagedProcesses processes, SplittableRandom random) {
        this.processes = processes;
        this.random = random;
    }

    /** How often the database was killed. */
    int ofDatabase() {
        return databaseKills;
    }

    /** SIGKILL; the database, if it is to be killed too, a moment earlier or later. */
    void kill(Process process, boolean database) throws InterruptedException {
        boolean databaseFirst = random.nextBoolean();
        long gap = random.nextLong(30);
        if (database && databaseFirst) {
            databaseKills += processes.killPostmaster() ? 1 : 0;
            Thread.sleep(gap);
        }
        PackagedProcesses.kill(process);
        if (database && !databaseFirst) {
            databaseKills += processes.killPostmaster() ? 1 : 0;
        }
    }
}
