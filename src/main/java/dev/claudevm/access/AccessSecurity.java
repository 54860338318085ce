package dev.claudevm.access;

import com.vaadin.flow.server.auth.NavigationAccessControl;
import com.vaadin.flow.spring.security.VaadinSecurityConfigurer;
import dev.claudevm.config.ServerConfig;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.header.writers.CrossOriginResourcePolicyHeaderWriter.CrossOriginResourcePolicy;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/** Who may call what: everything needs a login but what is listed here. */
@Configuration(proxyBeanMethods = false)
class AccessSecurity {

    /** Open without a login: the login itself, and what the offline shell is made of (it holds no data). */
    private static final String[] OPEN_PAGES = {
        "/login",
        "/login/link",
        "/healthz",
        "/service-worker.js",
        "/manifest.webmanifest",
        "/icons/**",
        "/live/**",
        "/offline.html",
        "/favicon.ico"
    };

    private static final String[] OPEN_CALLS = {"/api/v1/openapi"};

    /** Vaadin's page starts by inline scripts and styles and evaluates code that the server sends. */
    private static final String PAGE_POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
            + " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none';"
            + " base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    private static final String DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

    private final HostFilter hosts;
    private final CrossSiteFilter crossSite;
    private final CallerFilter callers;
    private final RequestAttributeSecurityContextRepository repository =
            new RequestAttributeSecurityContextRepository();

    AccessSecurity(
            ServerConfig config,
            @Value("${server.address:127.0.0.1}") String bind,
            Devices devices,
            ApiTokens tokens,
            SessionsOfDevices sessions,
            WrongTokens wrongTokens,
            Clock clock,
            SecurityContextHolderStrategy contexts) {
        // Vaadin's strategy is a bean; whatever asks the static holder must see the same.
        SecurityContextHolder.setContextHolderStrategy(contexts);
        Set<String> names = new HashSet<>();
        Set<String> authorities = new HashSet<>();
        config.server().hosts().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
        if (config.server().publicUrl() != null) {
            URI url = URI.create(config.server().publicUrl());
            names.add(url.getHost().toLowerCase(Locale.ROOT));
            authorities.add(url.getRawAuthority().toLowerCase(Locale.ROOT));
        }
        this.hosts = new HostFilter(isLoopback(bind), names);
        this.crossSite = new CrossSiteFilter(authorities);
        this.callers = new CallerFilter(
                devices, tokens, sessions, contexts, repository, wrongTokens.throttle(), new Throttle(clock));
    }

    /** Calls of programs and of the pages' scripts: no session, problems as JSON. */
    @Bean
    @Order(1)
    SecurityFilterChain calls(HttpSecurity http) throws Exception {
        ours(http, DATA_POLICY)
                .securityMatcher("/api/**")
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .requestCache(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                        .permitAll()
                        .requestMatchers(OPEN_CALLS)
                        .permitAll()
                        .anyRequest()
                        .authenticated());
        return http.build();
    }

    /** Pages. Flow's own requests need the login like every other: there is no public view. */
    @Bean
    @Order(2)
    SecurityFilterChain pages(HttpSecurity http, NavigationAccessControl navigation) throws Exception {
        http.with(
                VaadinSecurityConfigurer.vaadin(),
                vaadin -> vaadin.enableCsrfConfiguration(false)
                        .enableLogoutConfiguration(false)
                        .enableRequestCacheConfiguration(false)
                        .enableExceptionHandlingConfiguration(false)
                        .enableAuthorizedRequestsConfiguration(false));
        navigation.setLoginView("/login");
        ours(http, PAGE_POLICY)
                .requestCache(AbstractHttpConfigurer::disable)
                .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                        .permitAll()
                        .requestMatchers(OPEN_PAGES)
                        .permitAll()
                        .anyRequest()
                        .authenticated());
        return http.build();
    }

    private HttpSecurity ours(HttpSecurity http, String policy) throws Exception {
        return http
                // Cross-site writes are refused by where they come from, for Flow's requests too.
                .csrf(AbstractHttpConfigurer::disable)
                .formLogin(AbstractHttpConfigurer::disable)
                .httpBasic(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .securityContext(context -> context.securityContextRepository(repository))
                .addFilterBefore(callers, AnonymousAuthenticationFilter.class)
                .addFilterBefore(crossSite, CallerFilter.class)
                .addFilterBefore(hosts, CrossSiteFilter.class)
                .exceptionHandling(handling -> handling.authenticationEntryPoint(AccessSecurity::askForLogin)
                        .accessDeniedHandler((request, response, _) -> new Refusal(
                                        HttpStatus.FORBIDDEN, "This is not allowed.", "Log in as somebody who may.")
                                .answer(request, response)))
                .headers(headers -> headers(headers, policy));
    }

    private static void headers(HeadersConfigurer<HttpSecurity> headers, String policy) {
        headers.contentSecurityPolicy(csp -> csp.policyDirectives(policy))
                // Not no-referrer: with that, browsers send "Origin: null" with our own forms.
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN))
                .crossOriginResourcePolicy(resource -> resource.policy(CrossOriginResourcePolicy.SAME_ORIGIN))
                // It would bind every other port of this host, too.
                .httpStrictTransportSecurity(HeadersConfigurer.HstsConfig::disable);
    }

    private static void askForLogin(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException why) throws IOException {
        boolean page = !Refusal.isForPrograms(request)
                && request.getMethod().equals("GET")
                && Objects.requireNonNullElse(request.getHeader(HttpHeaders.ACCEPT), "")
                        .contains("text/html");
        if (page) {
            response.setHeader("Cache-Control", "no-store");
            response.setStatus(HttpStatus.FOUND.value());
            String query = request.getQueryString();
            String place = LoginController.place(request.getRequestURI() + (query == null ? "" : "?" + query));
            response.setHeader(
                    HttpHeaders.LOCATION,
                    place.equals("/")
                            ? "/login"
                            : "/login?continue=" + URLEncoder.encode(place, StandardCharsets.UTF_8));
            return;
        }
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        new Refusal(
                        HttpStatus.UNAUTHORIZED,
                        "You are not logged in.",
                        "In a browser open the link that claude-vm login-link prints; a program sends an API token as bearer.")
                .answer(request, response);
    }

    private static boolean isLoopback(String bind) {
        try {
            return InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
