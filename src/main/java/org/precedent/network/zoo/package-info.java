/**
 * The networks by name: {@link org.precedent.network.zoo.Networks} is the only list of them, {@link
 * org.precedent.network.zoo.WeightsLibrary} finds and imports their weights, {@link
 * org.precedent.network.zoo.ModelCheck} holds a network against the published implementation's
 * answer. Only this room knows all rooms of networks.
 *
 * <p>Forbidden imports: every library.
 */
@NullMarked
package org.precedent.network.zoo;

import org.jspecify.annotations.NullMarked;
