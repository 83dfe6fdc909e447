package org.precedent.catalog;

/**
 * A support pool as it is now.
 *
 * @param version the current version; 0 when nothing was ever put in
 */
public record Pool(int id, int taskId, String name, int version) {}
