package org.precedent.phantom;

/** What a point of a phantom consists of. */
enum Tissue {
    AIR,
    FAT,
    MUSCLE,
    LIVER,
    SPLEEN,
    KIDNEY,
    /** The kidney's collecting system; not part of the label. */
    PELVIS,
    /** Of the vertebra. */
    BONE,
    /** Bone as well, but no part of the spine. */
    RIB,
    MARROW,
    CANAL,
    VESSEL,
    BOWEL,
    GAS
}
