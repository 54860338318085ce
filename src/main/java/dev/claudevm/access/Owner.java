package dev.claudevm.access;

/** The one user that there is for now; made by the first migration. */
final class Owner {

    static final String ID = "00000000-0000-4000-8000-000000000001";
    static final String NAME = "owner";

    private Owner() {}
}
