package dev.claudevm.agent;

import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Lets this package look at lent logins now and then. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class AgentSchedule {}
