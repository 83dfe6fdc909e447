/**
 * Commands about who may do what: keys of people and programs, and the audit trail of what they
 * did.
 */
@NullMarked
package org.precedent.cli.access;

import org.jspecify.annotations.NullMarked;
