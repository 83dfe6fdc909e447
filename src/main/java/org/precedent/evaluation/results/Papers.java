package org.precedent.evaluation.results;

import java.util.List;

/** Figures of the papers that ours are held against, in percent of Dice. */
final class Papers {
    private Papers() {}

    /**
     * One column of the cross-attention paper's tables 1 and 2.
     *
     * @param supports S
     * @param proposed mean over tasks, its network
     * @param baseline mean over tasks, UniverSeg
     * @param proposedByDataset mean over datasets of their tasks' means
     * @param baselineByDataset likewise
     */
    record BySize(
            int supports,
            double proposed,
            double baseline,
            double proposedByDataset,
            double baselineByDataset) {}

    /** Table 1: all tasks. */
    static final List<BySize> ALL_TASKS =
            List.of(
                    new BySize(2, 50.37, 43.77, 57.04, 49.78),
                    new BySize(4, 55.62, 51.78, 61.31, 57.30),
                    new BySize(8, 59.50, 57.22, 64.34, 62.24),
                    new BySize(16, 62.81, 60.97, 66.64, 65.28),
                    new BySize(32, 65.19, 62.97, 68.13, 66.84),
                    new BySize(64, 66.98, 63.84, 69.17, 67.53));

    /** Table 2: tasks of datasets that were not trained on. */
    static final List<BySize> TEST_TASKS =
            List.of(
                    new BySize(2, 55.45, 48.62, 60.76, 53.70),
                    new BySize(4, 60.45, 55.85, 65.82, 60.84),
                    new BySize(8, 63.89, 60.66, 69.20, 65.40),
                    new BySize(16, 66.21, 63.56, 71.32, 68.04),
                    new BySize(32, 67.84, 65.17, 72.67, 69.49),
                    new BySize(64, 68.97, 65.82, 73.56, 70.09));

    /** Table 3: what retrieval gained. */
    static final List<BySize> GAINS =
            List.of(
                    new BySize(4, 4.70, 6.11, 4.16, 6.17),
                    new BySize(8, 3.41, 4.34, 3.07, 4.42),
                    new BySize(16, 2.67, 3.71, 2.38, 3.84));

    /**
     * A row of the similarity-weighted UniverSeg paper's table, on the first white blood cells.
     *
     * @param row as the paper names it
     */
    record OnWhiteBloodCells(String row, String nucleus, String cytoplasm) {}

    static final List<OnWhiteBloodCells> WHITE_BLOOD_CELLS =
            List.of(
                    new OnWhiteBloodCells("uniform, K_full", "95.30", "93.07"),
                    new OnWhiteBloodCells("weighted, K_small", "95.22 ± .09", "93.69 ± .15"),
                    new OnWhiteBloodCells("weighted, K_large", "95.64 ± .02", "94.10 ± .01"),
                    new OnWhiteBloodCells("weighted, K_full", "95.69", "94.15"),
                    new OnWhiteBloodCells("gain at K_full", "+.39", "+1.08"));
}
