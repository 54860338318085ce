/**
 * Where objects are kept that outlive workspaces: a folder, or whatever speaks S3. Others see {@link
 * dev.claudevm.store.ObjectStore} and {@link dev.claudevm.store.StoreCheck}; nobody else knows jclouds.
 */
@org.jspecify.annotations.NullMarked
package dev.claudevm.store;
