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
        SESSION,
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
