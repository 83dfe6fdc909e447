package org.precedent.imaging.format.nrrd;

/**
 * A segment of 3D Slicer.
 *
 * @param id as the file has it
 * @param name shown to people
 * @param value its samples
 * @param layer the component that holds them, where segments overlap
 */
public record Segment(String id, String name, int value, int layer) {}
