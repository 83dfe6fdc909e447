package org.precedent.imaging.format.dicom;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The elements that are read, with the value representation that implicit files do not state. */
enum Tag {
    MEDIA_STORAGE_INSTANCE_UID(0x0002_0003, "UI", "Media Storage SOP Instance UID"),
    TRANSFER_SYNTAX_UID(0x0002_0010, "UI", "Transfer Syntax UID"),
    SPECIFIC_CHARACTER_SET(0x0008_0005, "CS", "Specific Character Set"),
    IMAGE_TYPE(0x0008_0008, "CS", "Image Type"),
    SOP_CLASS_UID(0x0008_0016, "UI", "SOP Class UID"),
    SOP_INSTANCE_UID(0x0008_0018, "UI", "SOP Instance UID"),
    MODALITY(0x0008_0060, "CS", "Modality"),
    MANUFACTURER(0x0008_0070, "LO", "Manufacturer"),
    MODEL_NAME(0x0008_1090, "LO", "Manufacturer's Model Name"),
    REFERENCED_SOP_INSTANCE_UID(0x0008_1155, "UI", "Referenced SOP Instance UID"),
    REFERENCED_FRAME_NUMBER(0x0008_1160, "IS", "Referenced Frame Number"),
    SOURCE_IMAGE_SEQUENCE(0x0008_2112, "SQ", "Source Image Sequence"),
    DERIVATION_IMAGE_SEQUENCE(0x0008_9124, "SQ", "Derivation Image Sequence"),
    PATIENT_ID(0x0010_0020, "LO", "Patient ID"),
    ISSUER_OF_PATIENT_ID(0x0010_0021, "LO", "Issuer of Patient ID"),
    BODY_PART_EXAMINED(0x0018_0015, "CS", "Body Part Examined"),
    SLICE_THICKNESS(0x0018_0050, "DS", "Slice Thickness"),
    ECHO_TIME(0x0018_0081, "DS", "Echo Time"),
    SPACING_BETWEEN_SLICES(0x0018_0088, "DS", "Spacing Between Slices"),
    IMAGER_PIXEL_SPACING(0x0018_1164, "DS", "Imager Pixel Spacing"),
    ULTRASOUND_REGIONS(0x0018_6011, "SQ", "Sequence of Ultrasound Regions"),
    PHYSICAL_UNITS_X(0x0018_6024, "US", "Physical Units X Direction"),
    PHYSICAL_UNITS_Y(0x0018_6026, "US", "Physical Units Y Direction"),
    PHYSICAL_DELTA_X(0x0018_602c, "FD", "Physical Delta X"),
    PHYSICAL_DELTA_Y(0x0018_602e, "FD", "Physical Delta Y"),
    DIFFUSION_B_VALUE(0x0018_9087, "FD", "Diffusion b-value"),
    STUDY_INSTANCE_UID(0x0020_000d, "UI", "Study Instance UID"),
    SERIES_INSTANCE_UID(0x0020_000e, "UI", "Series Instance UID"),
    IMAGE_POSITION(0x0020_0032, "DS", "Image Position (Patient)"),
    IMAGE_ORIENTATION(0x0020_0037, "DS", "Image Orientation (Patient)"),
    FRAME_OF_REFERENCE_UID(0x0020_0052, "UI", "Frame of Reference UID"),
    LATERALITY(0x0020_0060, "CS", "Laterality"),
    IMAGE_LATERALITY(0x0020_0062, "CS", "Image Laterality"),
    TEMPORAL_POSITION(0x0020_0100, "IS", "Temporal Position Identifier"),
    STACK_ID(0x0020_9056, "SH", "Stack ID"),
    TEMPORAL_POSITION_INDEX(0x0020_9128, "UL", "Temporal Position Index"),
    FRAME_CONTENT_SEQUENCE(0x0020_9111, "SQ", "Frame Content Sequence"),
    PLANE_POSITION_SEQUENCE(0x0020_9113, "SQ", "Plane Position Sequence"),
    PLANE_ORIENTATION_SEQUENCE(0x0020_9116, "SQ", "Plane Orientation Sequence"),
    SAMPLES_PER_PIXEL(0x0028_0002, "US", "Samples per Pixel"),
    PHOTOMETRIC_INTERPRETATION(0x0028_0004, "CS", "Photometric Interpretation"),
    PLANAR_CONFIGURATION(0x0028_0006, "US", "Planar Configuration"),
    NUMBER_OF_FRAMES(0x0028_0008, "IS", "Number of Frames"),
    ROWS(0x0028_0010, "US", "Rows"),
    COLUMNS(0x0028_0011, "US", "Columns"),
    PIXEL_SPACING(0x0028_0030, "DS", "Pixel Spacing"),
    PIXEL_ASPECT_RATIO(0x0028_0034, "IS", "Pixel Aspect Ratio"),
    BITS_ALLOCATED(0x0028_0100, "US", "Bits Allocated"),
    BITS_STORED(0x0028_0101, "US", "Bits Stored"),
    HIGH_BIT(0x0028_0102, "US", "High Bit"),
    PIXEL_REPRESENTATION(0x0028_0103, "US", "Pixel Representation"),
    PIXEL_PADDING_VALUE(0x0028_0120, "US", "Pixel Padding Value"),
    PIXEL_PADDING_RANGE_LIMIT(0x0028_0121, "US", "Pixel Padding Range Limit"),
    BURNED_IN_ANNOTATION(0x0028_0301, "CS", "Burned In Annotation"),
    WINDOW_CENTER(0x0028_1050, "DS", "Window Center"),
    WINDOW_WIDTH(0x0028_1051, "DS", "Window Width"),
    RESCALE_INTERCEPT(0x0028_1052, "DS", "Rescale Intercept"),
    RESCALE_SLOPE(0x0028_1053, "DS", "Rescale Slope"),
    RESCALE_TYPE(0x0028_1054, "LO", "Rescale Type"),
    WINDOW_FUNCTION(0x0028_1056, "CS", "VOI LUT Function"),
    RED_DESCRIPTOR(0x0028_1101, "US", "Red Palette Color Lookup Table Descriptor"),
    GREEN_DESCRIPTOR(0x0028_1102, "US", "Green Palette Color Lookup Table Descriptor"),
    BLUE_DESCRIPTOR(0x0028_1103, "US", "Blue Palette Color Lookup Table Descriptor"),
    RED_TABLE(0x0028_1201, "OW", "Red Palette Color Lookup Table Data"),
    GREEN_TABLE(0x0028_1202, "OW", "Green Palette Color Lookup Table Data"),
    BLUE_TABLE(0x0028_1203, "OW", "Blue Palette Color Lookup Table Data"),
    RED_SEGMENTED(0x0028_1221, "OW", "Segmented Red Palette Color Lookup Table Data"),
    SPATIAL_LOCATIONS_PRESERVED(0x0028_135a, "CS", "Spatial Locations Preserved"),
    LOSSY_IMAGE_COMPRESSION(0x0028_2110, "CS", "Lossy Image Compression"),
    LOSSY_RATIO(0x0028_2112, "DS", "Lossy Image Compression Ratio"),
    LOSSY_METHOD(0x0028_2114, "CS", "Lossy Image Compression Method"),
    MODALITY_LUT_SEQUENCE(0x0028_3000, "SQ", "Modality LUT Sequence"),
    LUT_DESCRIPTOR(0x0028_3002, "US", "LUT Descriptor"),
    LUT_DATA(0x0028_3006, "OW", "LUT Data"),
    PIXEL_MEASURES_SEQUENCE(0x0028_9110, "SQ", "Pixel Measures Sequence"),
    FRAME_VOI_LUT_SEQUENCE(0x0028_9132, "SQ", "Frame VOI LUT Sequence"),
    PIXEL_VALUE_TRANSFORMATION(0x0028_9145, "SQ", "Pixel Value Transformation Sequence"),
    SEGMENTATION_TYPE(0x0062_0001, "CS", "Segmentation Type"),
    SEGMENT_SEQUENCE(0x0062_0002, "SQ", "Segment Sequence"),
    SEGMENT_NUMBER(0x0062_0004, "US", "Segment Number"),
    SEGMENT_LABEL(0x0062_0005, "LO", "Segment Label"),
    SEGMENT_IDENTIFICATION_SEQUENCE(0x0062_000a, "SQ", "Segment Identification Sequence"),
    REFERENCED_SEGMENT_NUMBER(0x0062_000b, "US", "Referenced Segment Number"),
    MAXIMUM_FRACTIONAL_VALUE(0x0062_000e, "US", "Maximum Fractional Value"),
    GRID_FRAME_OFFSET_VECTOR(0x3004_000c, "DS", "Grid Frame Offset Vector"),
    DOSE_GRID_SCALING(0x3004_000e, "DS", "Dose Grid Scaling"),
    SHARED_GROUPS(0x5200_9229, "SQ", "Shared Functional Groups Sequence"),
    PER_FRAME_GROUPS(0x5200_9230, "SQ", "Per-frame Functional Groups Sequence"),
    EXTENDED_OFFSET_TABLE(0x7fe0_0001, "OV", "Extended Offset Table"),
    EXTENDED_OFFSET_LENGTHS(0x7fe0_0002, "OV", "Extended Offset Table Lengths"),
    FLOAT_PIXEL_DATA(0x7fe0_0008, "OF", "Float Pixel Data"),
    DOUBLE_PIXEL_DATA(0x7fe0_0009, "OD", "Double Float Pixel Data"),
    PIXEL_DATA(0x7fe0_0010, "OW", "Pixel Data");

    private static final Map<Integer, Tag> BY_NUMBER =
            Arrays.stream(values())
                    .collect(Collectors.toMap(tag -> tag.number, Function.identity()));

    private final int number;
    private final String representation;
    private final String title;

    Tag(int number, String representation, String title) {
        this.number = number;
        this.representation = representation;
        this.title = title;
    }

    static @Nullable Tag of(int number) {
        return BY_NUMBER.get(number);
    }

    /** Its name in the standard. */
    String title() {
        return title;
    }

    /** What implicit files are read by. */
    String representation() {
        return representation;
    }

    /** How messages name it. */
    @Override
    public String toString() {
        return name(number) + " " + title;
    }

    /** A number in the notation of the standard. */
    static String name(int number) {
        return "(%04X,%04X)".formatted(number >>> 16, number & 0xffff);
    }

    /** How messages name an element, kept or not. */
    static String words(int number) {
        Tag tag = of(number);
        return tag == null ? name(number) : tag.toString();
    }
}
