package org.precedent.evaluation.protocol;

import java.util.List;
import org.precedent.retrieval.Temperature;

/** Dice over temperature; gains are over uniform weights. */
public final class TemperatureCurve extends SettingCurve<Temperature> {
    /** The similarity-weighted UniverSeg paper's range, 1e-5 to 100, with uniform behind it. */
    public static final List<Temperature> GRID =
            List.of(
                    new Temperature(1e-5),
                    new Temperature(1e-4),
                    new Temperature(1e-3),
                    new Temperature(0.005),
                    new Temperature(0.01),
                    new Temperature(0.025),
                    new Temperature(0.05),
                    new Temperature(0.1),
                    new Temperature(0.25),
                    new Temperature(0.5),
                    new Temperature(1),
                    new Temperature(10),
                    new Temperature(100),
                    Temperature.UNIFORM);

    /**
     * @param grid rising; uniform among them
     */
    public TemperatureCurve(List<Temperature> grid) {
        super(grid, Temperature.UNIFORM);
    }
}
