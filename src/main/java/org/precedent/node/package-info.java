/**
 * One of several processes on one catalogue: its roles, and which of them leads.
 *
 * <p>Terms: a <em>role</em> is what a node does for others ({@link org.precedent.NodeRole}). Of the
 * nodes with the role {@code project} one <em>leads</em>: it holds a lease, a row of the database
 * that it renews, and does what is done once. Another one takes over when the lease has run out.
 *
 * <p>Invariants: {@link org.precedent.node.NodeDuties} alone says what this process may do; by its
 * own clock a leader stops before the database's clock lets another one begin; where the database
 * is the embedded one, files' locks say who works, and nothing here asks the database.
 *
 * <p>Forbidden imports: Hibernate, Lucene, DJL, JAX-RS.
 */
@NullMarked
package org.precedent.node;

import org.jspecify.annotations.NullMarked;
