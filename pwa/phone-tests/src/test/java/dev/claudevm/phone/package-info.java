/** The product as a person has it: started by its command, driven on an emulated phone, broken on purpose. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.phone;
