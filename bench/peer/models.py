"""The twin's own tables: what its two pages are made of, a row an installment and a row a payment."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Borrower(AbstractBaseUser):
    phone = models.CharField(max_length=20, unique=True)
    USERNAME_FIELD = "phone"
    is_active = True


class Lender(models.Model):
    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=64, unique=True)
    timezone = models.CharField(max_length=64)


class Contract(models.Model):
    """Terms are stored as the portal stores them."""

    ref = models.CharField(max_length=32, unique=True)
    borrower = models.ForeignKey(Borrower, models.CASCADE, related_name="contracts")
    lender = models.ForeignKey(Lender, models.CASCADE)
    loan_no = models.CharField(max_length=100)
    product = models.CharField(max_length=200)
    lender_kind = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    signed_on = models.DateField()
    disbursed_on = models.DateField()
    principal = models.BigIntegerField()
    terms = models.TextField()


class Installment(models.Model):
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="installments")
    no = models.IntegerField()
    due_on = models.DateField()
    principal = models.BigIntegerField()
    interest = models.BigIntegerField()
    fees = models.BigIntegerField()

    class Meta:
        ordering = ("no",)


class Payment(models.Model):
    contract = models.ForeignKey(Contract, models.CASCADE, related_name="payments")
    number = models.CharField(max_length=100)
    received_on = models.DateField()
    amount = models.BigIntegerField()

    class Meta:
        ordering = ("id",)
