package org.precedent.api.access;

import io.quarkus.security.identity.request.BaseAuthenticationRequest;

/**
 * The proof that a request came with.
 *
 * @see KeyAuthentication
 */
final class KeyRequest extends BaseAuthenticationRequest {
    /** Where the proof was found, which decides what it is. */
    enum Kind {
        KEY,
        /** The session of the page, from its cookie. */
        SESSION,
        /** The session of a viewer, from the address or a header, on the routes of viewers. */
        VIEWER_SESSION,
        /** None is needed: authentication is off. */
        NONE
    }

    private final Kind kind;
    private final String text;

    KeyRequest(Kind kind, String text) {
        this.kind = kind;
        this.text = text;
    }

    Kind kind() {
        return kind;
    }

    String text() {
        return text;
    }
}
