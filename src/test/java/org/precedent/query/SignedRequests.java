package org.precedent.query;

import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.net.http.HttpRequest;

/** Requests of the administrator of the data directory that {@link EmbeddedServices} makes. */
public final class SignedRequests {
    private SignedRequests() {}

    /** A request by REST Assured. */
    public static RequestSpecification given() {
        return RestAssured.given().header("Authorization", bearer());
    }

    /** A request by the client of the JDK. */
    public static HttpRequest.Builder request(URI address) {
        return HttpRequest.newBuilder(address).header("Authorization", bearer());
    }

    /** The header's value. */
    public static String bearer() {
        return "Bearer " + EmbeddedServices.TOKEN;
    }
}
