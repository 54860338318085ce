package dev.claudevm.testkit;

/** The real API's words for HTTP errors (Anthropic API reference, "Errors"). */
final class ApiErrors {

    private ApiErrors() {}

    static String type(int status) {
        return switch (status) {
            case 400 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 529 -> "overloaded_error";
            default -> "api_error";
        };
    }

    static String message(int status) {
        return switch (status) {
            case 400, 402 ->
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or"
                        + " purchase credits.";
            case 401 -> "invalid x-api-key";
            case 404 -> "Not found";
            case 429 -> "This request would exceed your account's rate limit. Please try again later.";
            case 529 -> "Overloaded";
            default -> "Internal server error";
        };
    }
}
