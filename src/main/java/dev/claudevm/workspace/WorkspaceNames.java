package dev.claudevm.workspace;

import java.security.SecureRandom;

/** Makes ids of two words and a number: easy to say over a phone, and 30 million of them. */
final class WorkspaceNames {

    private static final String[] FIRST = """
            able amber ample apt aqua arctic autumn bold brave breezy bright brisk bronze calm candid clear clever cobalt cosmic
            cosy crisp curious daring dapper deep deft eager early easy fair fast fearless fine fleet fluent fond frank free fresh
            gentle giant glad golden grand green happy hardy hazel honest humble icy indigo ivory jade jolly keen kind lilac lively
            loyal lucid lucky lunar mellow merry mighty mild mint misty modest neat nimble noble olive opal open patient pearly
            plain plucky polar prime proud quick quiet rapid ready red regal robust rosy royal ruby rustic sage sandy serene sharp
            silent silver sleek smart smooth snowy solar solid spry stable steady still stout sturdy subtle sunny sure swift tender
            tidy tiny topaz tranquil true trusty upbeat urban velvet vivid warm wise witty young zesty""".split("\\s+");

    private static final String[] SECOND = """
            acorn alder anchor apple arbor arrow aspen atlas badger bamboo bay beacon bear beaver birch bison blossom boat bridge
            brook cabin canoe canyon cedar cherry cliff cloud clover comet coral crane creek dawn delta dolphin dove dune eagle
            elm ember falcon fern field fig finch fire fjord flame forest fox galaxy garden glacier grove harbor hare hawk hazel
            heron hill island ivy jungle kite lagoon lake lantern lark leaf lemon lily lynx maple marsh meadow mesa meteor moon moss
            mountain oak ocean orbit orchid otter owl palm panda peach peak pebble pine planet plum pond poplar prairie quail rain
            raven reef ridge river robin rocket sail seal shore sky snow sparrow spring spruce star stone storm stream summit sun swan
            thistle thunder tide tiger trail tree tulip valley violet wave whale willow wind wolf wren""".split("\\s+");

    private static final SecureRandom RANDOM = new SecureRandom();

    private WorkspaceNames() {}

    static WorkspaceId next() {
        return new WorkspaceId(FIRST[RANDOM.nextInt(FIRST.length)] + "-" + SECOND[RANDOM.nextInt(SECOND.length)] + "-"
                + (1000 + RANDOM.nextInt(9000)));
    }
}
