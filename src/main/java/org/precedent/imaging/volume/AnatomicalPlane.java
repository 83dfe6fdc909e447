package org.precedent.imaging.volume;

/** The planes in which people look at a body. */
public enum AnatomicalPlane {
    /** Across the body: slices follow each other from foot to head. */
    AXIAL("SI"),
    /** Parallel to the face: slices follow each other from front to back. */
    CORONAL("AP"),
    /** Parallel to the body's side: slices follow each other from left to right. */
    SAGITTAL("LR");

    private final String normal;

    AnatomicalPlane(String normal) {
        this.normal = normal;
    }

    /** The two axis codes of a direction across the plane. */
    String normal() {
        return normal;
    }
}
